/** Devices as the directory has them: identity, newest certificate, revocation (PROTOCOL 4). */
import type { Sql, Transaction } from '@countersign/db';
import { bytesList, plain } from './rows.ts';

export interface StoredDevice {
  readonly deviceId: Uint8Array;
  readonly accountId: Uint8Array;
  readonly mlsSigKey: Uint8Array;
  readonly envSigKey: Uint8Array;
  readonly territory: string;
  /** The newest certificate. */
  readonly cert: Uint8Array;
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** Unix seconds, or null. */
  readonly revokedFrom: bigint | null;
  readonly revocation: Uint8Array | null;
}

interface Found {
  device_id: Buffer;
  account_id: Buffer;
  mls_sig_key: Buffer;
  env_sig_key: Buffer;
  territory: string;
  cert: Buffer;
  not_before: bigint;
  not_after: bigint;
  revoked_from: bigint | null;
  revocation: Buffer | null;
}

function toDevice(row: Found): StoredDevice {
  return {
    deviceId: plain(row.device_id),
    accountId: plain(row.account_id),
    mlsSigKey: plain(row.mls_sig_key),
    envSigKey: plain(row.env_sig_key),
    territory: row.territory,
    cert: plain(row.cert),
    notBefore: row.not_before,
    notAfter: row.not_after,
    revokedFrom: row.revoked_from,
    revocation: row.revocation === null ? null : plain(row.revocation),
  };
}

/** Those of the ids that were admitted, revoked ones included. */
async function findDevices(sql: Sql | Transaction, ids: readonly Uint8Array[]): Promise<StoredDevice[]> {
  const rows = await sql<Found[]>`
    select distinct on (d.device_id) d.device_id, d.account_id, d.mls_sig_key, d.env_sig_key, d.territory, d.revoked_from, d.revocation,
      c.cert, c.not_before, c.not_after
    from device d join device_cert c on c.device_id = d.device_id
    where d.device_id = any(${bytesList(sql, ids)}) and d.admitted is not null and c.log_index is not null
    order by d.device_id, c.not_after desc`;
  return rows.map(toDevice);
}

export async function findDevice(sql: Sql | Transaction, id: Uint8Array): Promise<StoredDevice | null> {
  return (await findDevices(sql, [id]))[0] ?? null;
}

export async function findDevicesOfAccounts(sql: Sql | Transaction, accounts: readonly Uint8Array[]): Promise<StoredDevice[]> {
  const rows = await sql<{ device_id: Buffer }[]>`
    select device_id from device where account_id = any(${bytesList(sql, accounts)}) and admitted is not null`;
  return findDevices(
    sql,
    rows.map((row) => row.device_id),
  );
}

/** Certified and not revoked at unix second `now` (PROTOCOL 4, validity in time). */
export function isInForce(device: StoredDevice, now: number): boolean {
  return device.notBefore <= now && now < device.notAfter && (device.revokedFrom === null || now < device.revokedFrom);
}

/** Whether `cert` is, byte for byte, a certificate that was issued to the device and logged. */
export async function isIssuedCert(sql: Sql, deviceId: Uint8Array, cert: Uint8Array, now: number): Promise<boolean> {
  const [row] = await sql`
    select 1 from device_cert c join device d on d.device_id = c.device_id
    where c.device_id = ${deviceId} and c.cert = ${cert} and c.log_index is not null and d.admitted is not null
      and c.not_before <= ${now} and c.not_after > ${now} and (d.revoked_from is null or d.revoked_from > ${now})`;
  return row !== undefined;
}

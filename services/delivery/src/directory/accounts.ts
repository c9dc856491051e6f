/** Accounts and their devices, as members may look them up: by an exact handle or id, never by a part of one. */
import { create } from '@bufbuild/protobuf';
import type { Sql } from '@countersign/db';
import { AppError, deliveryFrames as frames } from '@countersign/wire';
import { foldHandle } from '../enrol/handle.ts';
import { findDevicesOfAccounts, isInForce } from '../store/devices.ts';
import { bytesList, plain } from '../store/rows.ts';

export class Accounts {
  readonly #sql: Sql;
  readonly #now: () => number;

  /** `now` in unix seconds. */
  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /** With the certificates of the devices that are in force; an account without any is unknown. */
  async find(by: frames.FindAccount['by']): Promise<frames.Account> {
    const sql = this.#sql;
    const [row] =
      by.case === 'handle'
        ? await sql<{ account_id: Buffer; handle: string }[]>`
            select account_id, handle from account where handle_folded = ${foldHandle(by.value)}`
        : by.case === 'accountId'
          ? await sql<
              { account_id: Buffer; handle: string }[]
            >`select account_id, handle from account where account_id = ${by.value}`
          : [];
    if (row === undefined) throw new AppError('input.unknown_account');
    const devices = await findDevicesOfAccounts(sql, [row.account_id]);
    const deviceCerts = devices.filter((device) => isInForce(device, this.#now())).map(({ cert }) => cert);
    if (deviceCerts.length === 0) throw new AppError('input.unknown_account');
    return create(frames.AccountSchema, { accountId: row.account_id, handle: row.handle, deviceCerts });
  }

  async devices(accountId: Uint8Array): Promise<frames.Devices> {
    const devices = await findDevicesOfAccounts(this.#sql, [accountId]);
    const ids = devices.map(({ deviceId }) => deviceId);
    const seen = await this.#sql<{ device_id: Buffer; seen: bigint }[]>`
      select device_id, seen from device_seen where device_id = any(${bytesList(this.#sql, ids)})`;
    const seenOf = new Map(seen.map((row) => [row.device_id.toString('hex'), row.seen]));
    return create(frames.DevicesSchema, {
      devices: devices.map(({ deviceId, cert, revokedFrom }) => ({
        deviceCert: cert,
        revoked: revokedFrom !== null,
        lastSeen: seenOf.get(Buffer.from(deviceId).toString('hex')) ?? 0n,
      })),
    });
  }

  /** `policy.forbidden` unless the device is the account's. */
  async ensureOwn(accountId: Uint8Array, deviceId: Uint8Array): Promise<void> {
    const [row] = await this.#sql<{ account_id: Buffer }[]>`
      select account_id from device where device_id = ${deviceId} and account_id = ${accountId} and admitted is not null`;
    if (row === undefined) throw new AppError('policy.forbidden', 'device_id');
  }

  async touch(deviceId: Uint8Array): Promise<void> {
    await this.#sql`insert into device_seen (device_id, seen) values (${deviceId}, ${this.#now()})
      on conflict (device_id) do update set seen = excluded.seen`;
  }

  async territoryOf(deviceId: Uint8Array): Promise<string> {
    const [row] = await this.#sql<{ territory: string }[]>`select territory from device where device_id = ${deviceId}`;
    if (row === undefined) throw new AppError('input.unknown_account');
    return row.territory;
  }

  /** By device id in hex. */
  async handlesOf(deviceIds: readonly Uint8Array[]): Promise<Map<string, string>> {
    const rows = await this.#sql<{ device_id: Buffer; handle: string }[]>`
      select d.device_id, a.handle from device d join account a on a.account_id = d.account_id
      where d.device_id = any(${bytesList(this.#sql, deviceIds)})`;
    return new Map(rows.map((row) => [Buffer.from(plain(row.device_id)).toString('hex'), row.handle]));
  }
}

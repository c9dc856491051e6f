/** Revoking a device: a CertRevocation in the log, its groups blocked until its leaf is gone, its sessions closed everywhere (PROTOCOL 4.3, 5). */
import { decode, encode } from '@countersign/bytes';
import { CertKind, certRevocationCodec, createCertRevocation, EntryType } from '@countersign/custody';
import { ringDoorbell, type Sql, type Transaction } from '@countersign/db';
import { AppError } from '@countersign/wire';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { STATE_CHANNEL } from '../policy-book.ts';
import { plain } from '../store/rows.ts';

export interface RevocationsOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly registrarSeed: Uint8Array;
  /** Unix seconds. */
  readonly now: () => number;
}

export class Revocations {
  readonly #options: RevocationsOptions;

  constructor(options: RevocationsOptions) {
    this.#options = options;
  }

  /** In force before it is logged, and logged before it is answered. Repeating it changes nothing. */
  async revoke(deviceId: Uint8Array, reason: number): Promise<void> {
    const { sql, log, registrarSeed, now } = this.#options;
    const { networkId } = log.directory.profile;
    const from = BigInt(now());
    const fresh = { networkId, kind: CertKind.device, id: deviceId, from, reason } as const;
    const bytes = encode(certRevocationCodec, createCertRevocation(fresh, registrarSeed));
    const row = await sql.begin(async (tx) => {
      await tx`update device set revoked_from = ${from}, revocation = ${bytes}
        where device_id = ${deviceId} and admitted is not null and revoked_from is null`;
      const [found] = await tx<{ revocation: Buffer | null; revocation_index: bigint | null }[]>`
        select revocation, revocation_index from device where device_id = ${deviceId}`;
      if (found === undefined) throw new AppError('input.unknown_account', 'device');
      await cutOff(tx, deviceId);
      return found;
    });
    if (row.revocation === null || row.revocation_index !== null) return;
    const [entry] = await log.append('registrar', [{ type: EntryType.certRevoked, payload: plain(row.revocation) }]);
    await sql`update device set revocation_index = ${entry?.index ?? null} where device_id = ${deviceId}`;
  }

  /** Revocations that were not logged when a process ended. */
  async logOpen(): Promise<void> {
    const { sql, now } = this.#options;
    const rows = await sql<{ device_id: Buffer }[]>`
      select device_id from device where revoked_from < ${now() - 60} and revocation is not null and revocation_index is null limit 64`;
    for (const { device_id } of rows) await this.revoke(device_id, 0);
  }

  /** Takes in what another authority with role 6 has logged (type 6). */
  async follow(payload: Uint8Array): Promise<void> {
    const revocation = decode(certRevocationCodec, payload);
    if (revocation.kind !== CertKind.device) return;
    await this.#options.sql.begin(async (tx) => {
      const changed = await tx`update device set revoked_from = ${revocation.from}, revocation = ${payload}, revocation_index = 0
        where device_id = ${revocation.id} and (revoked_from is null or revoked_from > ${revocation.from}) returning 1`;
      if (changed.length > 0) await cutOff(tx, revocation.id);
    });
  }
}

async function cutOff(tx: Transaction, deviceId: Uint8Array): Promise<void> {
  await tx`update mls_group set blocked = true where group_id in (select group_id from group_member where device_id = ${deviceId})`;
  await tx`delete from key_package where device_id = ${deviceId}`;
  await tx`delete from mailbox where device_id = ${deviceId}`;
  await tx`delete from mailbox_head where device_id = ${deviceId}`;
  await ringDoorbell(tx, STATE_CHANNEL);
}

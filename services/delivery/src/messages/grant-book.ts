/** Grants as the relay knows them: verified once, one for a scope, logged before the first envelope (PROTOCOL 7.2, 7.3). */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  CHAIN_START,
  EntryType,
  type GrantExpectations,
  grantCodec,
  type Hash,
  SALT_BYTES,
  type Scope,
  scopeHash,
  type VerifiedGrant,
  verifyGrant,
} from '@countersign/custody';
import { type Sql, transact } from '@countersign/db';
import { AppError } from '@countersign/wire';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { Lru } from '../lru.ts';
import { findDevice } from '../store/devices.ts';
import { plain } from '../store/rows.ts';

const GRANTS_KEPT = 20_000;

export interface GrantBookOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly relayKey: Uint8Array;
  readonly random: Random;
  readonly nowMs: () => number;
}

export class GrantBook {
  readonly #options: GrantBookOptions;
  /** By id in hex: appended grants. */
  readonly #kept = new Lru<VerifiedGrant>(GRANTS_KEPT);
  readonly #onTheWay = new Map<string, Promise<void>>();

  constructor(options: GrantBookOptions) {
    this.#options = options;
  }

  /** What VerifyGrant compares with, for the device that it names (PROTOCOL 7.3). */
  expectationsFor(device: { readonly deviceId: Uint8Array; readonly envSigKey: Uint8Array }): GrantExpectations {
    const { networkId, custodyKeys } = this.#options.log.directory.profile;
    return {
      networkId,
      custodyKeys,
      envSigKeyOf: (scope: Scope) => (equal(scope.deviceId, device.deviceId) ? device.envSigKey : null),
    };
  }

  /** An appended grant, or null. */
  async find(grantId: Hash): Promise<VerifiedGrant | null> {
    const key = toHex(grantId);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const { sql } = this.#options;
    const [row] = await sql<{ grant_bytes: Buffer }[]>`
      select grant_bytes from scope_grant where grant_id = ${grantId} and log_index is not null`;
    if (row === undefined) return null;
    const grant = plain(row.grant_bytes);
    const device = await findDevice(sql, decode(grantCodec, grant).head.scope.deviceId);
    if (device === null) return null;
    const verified = verifyGrant(grant, this.expectationsFor(device));
    this.#kept.set(key, verified);
    return verified;
  }

  /** Logs a grant that `verifyDelivery` has found in order; another grant for its scope is `grant.duplicate_scope` (PROTOCOL 7.2). */
  async record(grant: VerifiedGrant, bytes: Uint8Array): Promise<void> {
    const key = toHex(grant.grantId);
    if (this.#kept.get(key) !== undefined) return;
    const running = this.#onTheWay.get(key) ?? this.#record(grant, bytes).finally(() => this.#onTheWay.delete(key));
    this.#onTheWay.set(key, running);
    await running;
    this.#kept.set(key, grant);
  }

  async #record(grant: VerifiedGrant, bytes: Uint8Array): Promise<void> {
    const { log, random } = this.#options;
    const row = await this.#reserve(grant, bytes, random(SALT_BYTES));
    if (row.isLogged) return;
    const item = { by: 'relay', type: EntryType.grant, body: bytes, salt: row.salt, isRetry: !row.isNew } as const;
    const appended = await log.appendKept(item);
    await recordGrantEntry(this.#options.sql, grant.grantId, appended);
  }

  /** The one row of the scope; the salt is the first writer's. */
  #reserve(grant: VerifiedGrant, bytes: Uint8Array, salt: Uint8Array) {
    const { sql, relayKey, random, nowMs } = this.#options;
    const hash = scopeHash(grant.scope);
    const day = BigInt(grant.scope.day);
    return transact(sql, random, async (tx) => {
      await tx`insert into scope_slot (scope_hash, grant_id, day) values (${hash}, ${grant.grantId}, ${day}) on conflict do nothing`;
      const [slot] = await tx<{ grant_id: Buffer }[]>`select grant_id from scope_slot where scope_hash = ${hash}`;
      ensure(slot !== undefined && equal(slot.grant_id, grant.grantId), 'grant.duplicate_scope');
      const inserted = await tx`
        insert into scope_grant (grant_id, scope_hash, day, grant_bytes, salt, relay, created_ms, last_hash)
        values (${grant.grantId}, ${hash}, ${day}, ${bytes}, ${salt}, ${relayKey}, ${nowMs()}, ${CHAIN_START.lastHash})
        on conflict do nothing returning 1`;
      const [row] = await tx<{ salt: Buffer; log_index: bigint | null }[]>`
        select salt, log_index from scope_grant where grant_id = ${grant.grantId}`;
      if (row === undefined) throw new AppError('internal.unknown');
      return { salt: plain(row.salt), isLogged: row.log_index !== null, isNew: inserted.length > 0 };
    });
  }
}

export async function recordGrantEntry(
  sql: Sql,
  grantId: Uint8Array,
  entry: { readonly index: bigint; readonly entry: Uint8Array; readonly payload: Uint8Array },
): Promise<void> {
  await sql`update scope_grant set log_index = ${entry.index}, entry = ${entry.entry}, payload = ${entry.payload}
    where grant_id = ${grantId} and log_index is null`;
}

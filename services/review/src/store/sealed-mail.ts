/** What the gateway stores of the custody stream: ciphertext and who, when, where; enough to answer an order that comes later. */
import { concat, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { type Hash, rosterHandle } from '@countersign/custody';
import { type Sql, transact } from '@countersign/db';
import type { custodyFrames } from '@countersign/wire';
import type { VerifiedBatch } from '../intake/batch.ts';
import { decodeShown, encodeShown, type KnownScope } from '../intake/scope.ts';

const ROWS_AT_ONCE = 256;

export class SealedMail {
  readonly #sql: Sql;
  readonly #random: Random;

  constructor(sql: Sql, random: Random) {
    this.#sql = sql;
    this.#random = random;
  }

  /** The number of the last batch that is stored, 0 before the first. */
  async lastBatch(): Promise<bigint> {
    const [row] = await this.#sql<{ last: bigint | null }[]>`select max(batch) as last from intake_batch`;
    return row?.last ?? 0n;
  }

  /** Durable when it resolves; the same batch again changes nothing. */
  async storeBatch(
    { batch, logIndex, listed, envelopes, missing, salt, envHashes }: VerifiedBatch,
    nowMs: number,
  ): Promise<void> {
    const rows = envelopes.map(({ parsed, stamp, envelopeBytes, stampBytes }) => ({
      grant_id: parsed.hdr.grantId,
      env_hash: parsed.envHash,
      seq: parsed.hdr.seq,
      msg_id: parsed.hdr.msgId,
      recv_ms: stamp.recvMs,
      batch,
      log_index: logIndex,
      envelope: envelopeBytes,
      stamp: stampBytes,
    }));
    await transact(this.#sql, this.#random, async (tx) => {
      for (let i = 0; i < rows.length; i += ROWS_AT_ONCE)
        await tx`insert into envelope ${tx(rows.slice(i, i + ROWS_AT_ONCE))} on conflict do nothing`;
      for (const hash of missing)
        await tx`insert into intake_gap (batch, env_hash, seen_ms) values (${batch}, ${hash}, ${nowMs}) on conflict do nothing`;
      await tx`insert into intake_batch (batch, log_index, listed, received, stored_ms, salt, env_hashes)
        values (${batch}, ${logIndex}, ${listed}, ${envelopes.length}, ${nowMs}, ${salt}, ${concat(...envHashes)})
        on conflict do nothing`;
    });
  }

  async storeScope({ grantId, grant, accountId, handle, roster, shown }: KnownScope): Promise<void> {
    const { groupId, epoch, deviceId, day } = grant.scope;
    const encoded = encodeShown(shown);
    const slot = rosterHandle(roster);
    await transact(this.#sql, this.#random, async (tx) => {
      await tx`insert into roster (roster_handle, shown) values (${slot}, ${encoded.roster}) on conflict do nothing`;
      await tx`insert into scope (grant_id, group_id, epoch, device_id, account_id, day, handle, roster_handle, shown)
        values (${grantId}, ${groupId}, ${epoch}, ${deviceId}, ${accountId}, ${day}, ${handle}, ${slot}, ${encoded.scope})
        on conflict do nothing`;
    });
  }

  async scopeShown(grantId: Hash): Promise<custodyFrames.ScopeShown | null> {
    const [row] = await this.#sql<{ scope: Buffer; roster: Buffer }[]>`
      select s.shown as scope, r.shown as roster from scope s join roster r using (roster_handle) where s.grant_id = ${grantId}`;
    return row === undefined ? null : decodeShown(row.scope, row.roster);
  }

  /** Grants whose envelopes are stored and whose scope is not yet known. */
  async unknownGrants(limit: number): Promise<Hash[]> {
    const rows = await this.#sql<{ grant_id: Buffer }[]>`
      select distinct e.grant_id from envelope e
      where not exists (select from scope s where s.grant_id = e.grant_id) limit ${limit}`;
    return rows.map(({ grant_id }) => grant_id);
  }

  /** Grants of scopes of these days, by id, after `after`. */
  async grantsOfDays(from: number, to: number, after: Hash, limit: number): Promise<Hash[]> {
    const rows = await this.#sql<{ grant_id: Buffer }[]>`
      select grant_id from scope where day between ${from} and ${to} and grant_id > ${after} order by grant_id limit ${limit}`;
    return rows.map(({ grant_id }) => grant_id);
  }

  /** For /metrics and the feed's health: received against listed, and what is missing. */
  async counts(): Promise<{ listed: bigint; received: bigint; gaps: bigint; faults: bigint }> {
    const [row] = await this.#sql<{ listed: bigint; received: bigint; gaps: bigint; faults: bigint }[]>`
      select coalesce(sum(listed), 0)::bigint as listed, coalesce(sum(received), 0)::bigint as received,
        (select count(*) from intake_gap) as gaps, (select count(*) from open_fault) as faults from intake_batch`;
    return row ?? { listed: 0n, received: 0n, gaps: 0n, faults: 0n };
  }
}

/** Map key of an id. */
export const keyOf = toHex;

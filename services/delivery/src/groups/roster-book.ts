/** The roster of each group and epoch, as this service signed it; rosters never change, so they are kept in memory. */
import { decode, toHex } from '@countersign/bytes';
import { type Roster, rosterCodec } from '@countersign/custody';
import type { Sql, Transaction } from '@countersign/db';
import { Lru } from '../lru.ts';

const ROSTERS_KEPT = 2_000;

export interface KnownRoster {
  readonly roster: Roster;
  /** Devices in hex. */
  readonly devices: ReadonlySet<string>;
}

export class RosterBook {
  readonly #kept = new Lru<KnownRoster>(ROSTERS_KEPT);

  /** Null when the group had no such epoch. */
  async of(sql: Sql | Transaction, groupId: Uint8Array, epoch: bigint): Promise<KnownRoster | null> {
    const key = `${toHex(groupId)} ${epoch}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    if (epoch < 0n || epoch >= 2n ** 63n) return null;
    const [row] = await sql<{ roster: Buffer }[]>`
      select roster from group_epoch where group_id = ${groupId} and epoch = ${epoch}`;
    if (row === undefined) return null;
    const roster = decode(rosterCodec, new Uint8Array(row.roster));
    const known = { roster, devices: new Set(roster.members.map(({ deviceId }) => toHex(deviceId))) };
    this.#kept.set(key, known);
    return known;
  }
}

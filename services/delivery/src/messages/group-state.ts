/** A group's epoch as the message rules see it (PROTOCOL 5, 9.3). */
import { toHex } from '@countersign/bytes';
import type { RelayEpoch } from '@countersign/custody';
import type { Sql, Transaction } from '@countersign/db';
import type { KnownRoster } from '../groups/roster-book.ts';
import { bytesList, distinctSorted } from '../store/rows.ts';

export interface GroupState {
  readonly groupId: Uint8Array;
  readonly kind: number;
  readonly epoch: bigint;
  readonly sinceMs: bigint;
  readonly blocked: boolean;
}

interface Found {
  group_id: Buffer;
  kind: number;
  epoch: bigint;
  since_ms: bigint;
  blocked: boolean;
}

export async function findGroups(sql: Sql | Transaction, ids: readonly Uint8Array[]): Promise<GroupState[]> {
  const rows = await sql<Found[]>`
    select group_id, kind, epoch, since_ms, blocked from mls_group where group_id = any(${bytesList(sql, ids)})`;
  return rows.map(toState);
}

/** By id in hex. Held against a Commit until the transaction ends. */
export async function shareGroups(tx: Transaction, ids: Iterable<Uint8Array>): Promise<ReadonlyMap<string, GroupState>> {
  const rows = await tx<Found[]>`
    select group_id, kind, epoch, since_ms, blocked from mls_group where group_id = any(${bytesList(tx, distinctSorted(ids))})
    order by group_id for share`;
  return new Map(rows.map((row) => [toHex(row.group_id), toState(row)]));
}

function toState(row: Found): GroupState {
  return { groupId: row.group_id, kind: row.kind, epoch: row.epoch, sinceMs: row.since_ms, blocked: row.blocked };
}

/** For a group that is not there the roster fails first: nobody is listed in it. */
export function epochOf(group: GroupState | null, current: KnownRoster | null): RelayEpoch {
  return {
    current: group?.epoch ?? 0n,
    sinceMs: group?.sinceMs ?? 0n,
    hasDevice: (device) => current?.devices.has(toHex(device)) === true,
  };
}

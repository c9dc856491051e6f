/** Rosters with what proves them, as they are shown to members (PROTOCOL 4.3). */
import { create } from '@bufbuild/protobuf';
import { toHex } from '@countersign/bytes';
import type { Sql } from '@countersign/db';
import { deliveryFrames as frames } from '@countersign/wire';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { inFixedSizes } from './rows.ts';

export interface StoredRoster {
  readonly roster: Uint8Array;
  readonly salt: Uint8Array;
  /** Null until the entry is appended; then so are the other two not. */
  readonly logIndex: bigint | null;
  readonly entry: Uint8Array | null;
  readonly payload: Uint8Array | null;
}

export interface RosterName {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
}

export function rosterKey(groupId: Uint8Array, epoch: bigint): string {
  return `${toHex(groupId)} ${epoch}`;
}

export async function findRosters(sql: Sql, names: readonly RosterName[]): Promise<Map<string, StoredRoster>> {
  const found = new Map<string, StoredRoster>();
  for (const part of inFixedSizes(names.map(({ groupId, epoch }) => [groupId, epoch]))) {
    const rows = await sql<
      {
        group_id: Buffer;
        epoch: bigint;
        roster: Buffer;
        salt: Buffer;
        log_index: bigint | null;
        entry: Buffer | null;
        payload: Buffer | null;
      }[]
    >`select g.group_id, g.epoch, g.roster, g.salt, g.log_index, g.entry, g.payload
      from (values ${sql(part as never[])}) v(group_id, epoch)
      join group_epoch g on g.group_id = v.group_id::bytea and g.epoch = v.epoch::bigint`;
    for (const { group_id, epoch, log_index, ...rest } of rows)
      found.set(rosterKey(group_id, epoch), { ...rest, logIndex: log_index });
  }
  return found;
}

/** Null until the entry is appended; without a proof until a witnessed checkpoint covers it. */
export function showRoster(stored: StoredRoster, log: DeliveryLog): frames.RosterShown | null {
  const { roster, salt, logIndex, entry, payload } = stored;
  if (logIndex === null || entry === null || payload === null) return null;
  return create(frames.RosterShownSchema, { roster, logIndex, entry, salt, payload, ...log.prove(logIndex) });
}

/** Puts items into mailboxes: sequences are given out under the lock of each mailbox's head, so that a cursor never passes an item. */
import { toHex } from '@countersign/bytes';
import type { Transaction } from '@countersign/db';
import { bytesList, distinctSorted, inFixedSizes, insertRows } from './rows.ts';

export const ItemKind = { message: 1, commit: 2, welcome: 3, proposal: 4 } as const;

/** What a mailbox row names. */
export type ItemRef =
  | { readonly kind: 1; readonly grantId: Uint8Array; readonly day: number; readonly seq: number; readonly batch: bigint }
  | { readonly kind: 2 | 3 | 4; readonly groupId: Uint8Array; readonly epoch: bigint; readonly ordinal: number };

export interface MailboxHead {
  readonly deviceId: Uint8Array;
  lastSequence: bigint;
  waiting: number;
}

/** By device id in hex; a device that is revoked or unknown has no head. Locked in one order everywhere. */
export type MailboxHeads = ReadonlyMap<string, MailboxHead>;

export async function lockHeads(tx: Transaction, devices: Iterable<Uint8Array>): Promise<MailboxHeads> {
  const ids = distinctSorted(devices);
  if (ids.length === 0) return new Map();
  const rows = await tx<{ device_id: Buffer; last_sequence: bigint; waiting: number }[]>`
    select device_id, last_sequence, waiting from mailbox_head where device_id = any(${bytesList(tx, ids)})
    order by device_id for update`;
  return new Map(
    rows.map((row) => [toHex(row.device_id), { deviceId: row.device_id, lastSequence: row.last_sequence, waiting: row.waiting }]),
  );
}

export interface PostedItem {
  readonly deviceId: Uint8Array;
  readonly sequence: bigint;
}

/** One item to each of `devices`; who has no head is left out. Returns the rows to insert and where they went. */
export function addressItem(heads: MailboxHeads, devices: readonly Uint8Array[], ref: ItemRef, into: MailRow[]): PostedItem[] {
  const posted: PostedItem[] = [];
  for (const device of devices) {
    const head = heads.get(toHex(device));
    if (head === undefined) continue;
    head.lastSequence += 1n;
    head.waiting += 1;
    into.push(rowOf(head, ref));
    posted.push({ deviceId: head.deviceId, sequence: head.lastSequence });
  }
  return posted;
}

export type MailRow = ReturnType<typeof rowOf>;

function rowOf({ deviceId, lastSequence }: MailboxHead, ref: ItemRef) {
  const common = { device_id: deviceId, sequence: lastSequence, kind: ref.kind };
  return ref.kind === 1
    ? {
        ...common,
        grant_id: ref.grantId,
        day: BigInt(ref.day),
        seq: BigInt(ref.seq),
        batch: ref.batch,
        group_id: null,
        epoch: null,
        ordinal: null,
      }
    : {
        ...common,
        grant_id: null,
        day: null,
        seq: null,
        batch: null,
        group_id: ref.groupId,
        epoch: ref.epoch,
        ordinal: ref.ordinal,
      };
}

/** Writes the rows and the heads' new state. */
export async function writeMail(tx: Transaction, heads: MailboxHeads, rows: readonly MailRow[]): Promise<void> {
  await insertRows(tx, 'mailbox', rows);
  const changed = new Set(rows.map((row) => toHex(row.device_id)));
  const states = [...heads].filter(([id]) => changed.has(id)).map(([, head]) => [head.deviceId, head.lastSequence, head.waiting]);
  for (const part of inFixedSizes(states)) {
    await tx`update mailbox_head h set last_sequence = v.last::bigint, waiting = v.waiting::integer
      from (values ${tx(part as never[])}) v(id, last, waiting) where h.device_id = v.id::bytea`;
  }
}

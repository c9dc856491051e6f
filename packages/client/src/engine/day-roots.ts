/** Day roots of each epoch: taken when it begins, advanced day by day, and erased behind the floor (PROTOCOL 5 and 6). */
import { toHex, wipe } from '@countersign/bytes';
import { advanceDayRoot, type DayRoot, deriveDayRoot, type Hash } from '@countersign/custody';
import { EPOCHS_KEPT, type Group } from '@countersign/mls';
import { epochKey, type ScopeRecord, TABLES } from '../store/tables.ts';
import type { Work } from '../store/work.ts';

const NETWORK_ID_BYTES = 16;
const FLOOR = 'floor';
/** Scopes of days behind the floor are forgotten; a message id still tells a replay. */
const SCOPE_DAYS_KEPT = 2;

/** The first day whose messages can still be opened. */
export async function readFloor(work: Pick<Work, 'get'>, today: number): Promise<number> {
  return (await work.get<number>(TABLES.meta, FLOOR)) ?? today;
}

/** Derives the roots of the epoch that `group` has entered, has MLS erase the custody roots, and drops epochs that are too old. */
export async function takeDayRoots(work: Work, group: Group, dayZero: number, floorDay: number): Promise<void> {
  const { epoch } = group;
  if (epoch === null) return;
  const id = toHex(group.groupId);
  const roots = group.custodyRoots();
  for (const { epoch: rootEpoch, context, root } of roots) {
    const keyId = toHex(context.subarray(NETWORK_ID_BYTES));
    work.put(TABLES.root, rootKey(id, rootEpoch, keyId), deriveDayRoot(root, dayZero, Math.max(dayZero, floorDay)));
  }
  for (const taken of new Set(roots.map((root) => root.epoch))) await group.eraseCustodyRoots(taken);
  const oldest = rootKey(id, epoch - BigInt(EPOCHS_KEPT) + 1n, '');
  for (const { key } of await work.scan(TABLES.root, { prefix: `${id}/` })) if (key < oldest) work.delete(TABLES.root, key);
}

/** The root of `day`, or null: no such epoch or key, or the day is erased. */
export async function dayRootOf(
  work: Work,
  at: { readonly conversation: string; readonly epoch: bigint; readonly custodyKeyId: Hash; readonly day: number },
  dayZero: number,
): Promise<Uint8Array | null> {
  const key = rootKey(at.conversation, at.epoch, toHex(at.custodyKeyId));
  const kept = await work.get<DayRoot>(TABLES.root, key);
  return kept === null || kept.day > at.day ? null : advanceDayRoot(kept, dayZero, at.day).root;
}

/** Raises the floor to `day`: what could open the days before is gone once this work is durable. A lower floor changes nothing. */
export async function advanceFloor(work: Work, day: number, dayZero: number): Promise<void> {
  const floor = await work.get<number>(TABLES.meta, FLOOR);
  if (floor !== null && floor >= day) return;
  work.put(TABLES.meta, FLOOR, day);
  for (const { key, value } of await work.scan<DayRoot>(TABLES.root)) {
    if (value.day < day) work.put(TABLES.root, key, advanceDayRoot(value, dayZero, day));
    wipe(value.root);
  }
  for (const { key, value } of await work.scan<ScopeRecord>(TABLES.scope)) {
    if (value.day < day - SCOPE_DAYS_KEPT) {
      work.delete(TABLES.scope, key);
      work.delete(TABLES.chain, key);
    } else if (value.day < day && value.K !== null) work.put(TABLES.scope, key, { ...value, K: null });
  }
}

/** When the device leaves a group: none of its days can be opened any more. */
export async function eraseDayRoots(work: Work, conversation: string): Promise<void> {
  for (const { key } of await work.scan(TABLES.root, { prefix: `${conversation}/` })) work.delete(TABLES.root, key);
}

function rootKey(conversation: string, epoch: bigint, keyId: string): string {
  return `${conversation}/${epochKey(epoch < 0n ? 0n : epoch)}/${keyId}`;
}

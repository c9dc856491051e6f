/** The chain of each actor's entries with one handle: a missing link shows that an entry was kept from us (PROTOCOL 11.2, 11.3). */
import { ensure, toHex } from '@countersign/bytes';
import { type LogEntry, NO_PREVIOUS_ENTRY } from './log-entry.ts';

/** An entry and where it stands. */
export interface LoggedEntry {
  readonly index: bigint;
  readonly entry: LogEntry;
}

/** `log.chain_broken` unless every entry of one handle, ascending by index, names its actor's entry before it. */
export function verifyChains(entries: readonly LoggedEntry[]): void {
  const last = new Map<string, bigint>();
  for (const { index, entry } of entries) {
    const actor = toHex(entry.actorKeyId);
    ensure(entry.prevIndex === (last.get(actor) ?? NO_PREVIOUS_ENTRY), 'log.chain_broken', { index });
    last.set(actor, index);
  }
}

/** The prev_index of the actor's next entry with the handle. */
export function previousIndex(entries: readonly LoggedEntry[], actorKeyId: Uint8Array): bigint {
  const actor = toHex(actorKeyId);
  return entries.findLast(({ entry }) => toHex(entry.actorKeyId) === actor)?.index ?? NO_PREVIOUS_ENTRY;
}

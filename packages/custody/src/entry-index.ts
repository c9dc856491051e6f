/** Where in a log the entries of a type, a handle or an actor are: indices only, the entries stay in their store (PROTOCOL 11.2). */
import { isZero, toHex } from '@countersign/bytes';
import type { EntryType, LogEntry } from './log-entry.ts';

const NONE: readonly number[] = [];

export class EntryIndex {
  readonly #byType = new Map<EntryType, number[]>();
  readonly #byHandle = new Map<string, number[]>();
  readonly #byActor = new Map<string, number[]>();

  /** Indices ascend from call to call. */
  add(index: number, entry: LogEntry): void {
    push(this.#byType, entry.type, index);
    push(this.#byActor, toHex(entry.actorKeyId), index);
    if (!isZero(entry.handle)) push(this.#byHandle, toHex(entry.handle), index);
  }

  /** Ascending. */
  ofType(type: EntryType): readonly number[] {
    return this.#byType.get(type) ?? NONE;
  }

  /** Ascending; zeros are no handle. */
  withHandle(handle: Uint8Array): readonly number[] {
    return this.#byHandle.get(toHex(handle)) ?? NONE;
  }

  /** Ascending. */
  ofActor(actorKeyId: Uint8Array): readonly number[] {
    return this.#byActor.get(toHex(actorKeyId)) ?? NONE;
  }
}

function push<K>(map: Map<K, number[]>, key: K, index: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [index]);
  else list.push(index);
}

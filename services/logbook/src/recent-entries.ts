/** Recent entries by their hash, so that a caller whose answer was lost may send the same bytes again (docs/network.md, logbook). */
import { toHex } from '@countersign/bytes';

/** Far more than are appended within the hours that an entry's hour would still be accepted. */
const RECENT_ENTRIES_MAX = 65_536;

export class RecentEntries {
  readonly #indexByHash = new Map<string, number>();

  /** The index of the entry with the hash, or null. */
  find(hash: Uint8Array): number | null {
    return this.#indexByHash.get(toHex(hash)) ?? null;
  }

  add(hash: Uint8Array, index: number): void {
    this.#indexByHash.set(toHex(hash), index);
    if (this.#indexByHash.size > RECENT_ENTRIES_MAX) {
      this.#indexByHash.delete(this.#indexByHash.keys().next().value as string);
    }
  }
}

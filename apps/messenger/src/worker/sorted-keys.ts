/** The keys of one table in order, in memory: scans touch only what they ask for. */
import type { ScanOptions } from '@countersign/client';

export class SortedKeys {
  readonly #keys: string[] = [];

  /** Adding what is there changes nothing. */
  add(key: string): void {
    const at = this.#lowerBound(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.#lowerBound(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** As `Store.scan` of packages/client asks. */
  select({ prefix = '', after, reverse = false, limit = Number.POSITIVE_INFINITY }: ScanOptions = {}): string[] {
    const step = reverse ? -1 : 1;
    let at = reverse ? this.#lowerBound(after ?? `${prefix}\uffff`) - 1 : this.#lowerBound(after ?? prefix);
    if (!reverse && after !== undefined && this.#keys[at] === after) at += 1;
    if (reverse && after !== undefined && after > `${prefix}\uffff`) at = this.#lowerBound(`${prefix}\uffff`) - 1;
    if (!reverse && after !== undefined && after < prefix) at = this.#lowerBound(prefix);
    const selected: string[] = [];
    for (let key = this.#keys[at]; key?.startsWith(prefix) === true && selected.length < limit; key = this.#keys[at]) {
      selected.push(key);
      at += step;
    }
    return selected;
  }

  /** The place of the first key that is not less. */
  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Where a device keeps everything: tables of keyed bytes with one atomic, durable commit. Encryption at rest is the store's affair. */

export interface Write {
  readonly table: string;
  readonly key: string;
  /** Null deletes. */
  readonly value: Uint8Array | null;
}

export interface Row {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Keys are compared by code unit. */
export interface ScanOptions {
  readonly prefix?: string;
  /** Only keys behind this one (before it, with `reverse`). */
  readonly after?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface Store {
  get(table: string, key: string): Promise<Uint8Array | null>;
  scan(table: string, options?: ScanOptions): Promise<Row[]>;
  /** All or nothing, and durable when the promise resolves; after a rejection nothing of it is stored. */
  commit(writes: readonly Write[]): Promise<void>;
  close(): Promise<void>;
}

/** Rows of `keys` that `options` asks for, in order; what every store with its keys in memory shares. */
export function selectKeys(keys: Iterable<string>, options: ScanOptions = {}): string[] {
  const { prefix = '', after, reverse = false, limit = Number.POSITIVE_INFINITY } = options;
  const isBehind = (key: string) => after === undefined || (reverse ? key < after : key > after);
  const selected = [...keys].filter((key) => key.startsWith(prefix) && isBehind(key)).sort();
  if (reverse) selected.reverse();
  return selected.slice(0, limit);
}

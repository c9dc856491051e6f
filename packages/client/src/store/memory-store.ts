/** A Store in memory: for tests, and for a device that shall forget everything when its process ends. */
import { type Row, type ScanOptions, type Store, selectKeys, type Write } from '../port/store.ts';

export class MemoryStore implements Store {
  readonly #tables = new Map<string, Map<string, Uint8Array>>();

  async get(table: string, key: string): Promise<Uint8Array | null> {
    return this.#tables.get(table)?.get(key)?.slice() ?? null;
  }

  async scan(table: string, options?: ScanOptions): Promise<Row[]> {
    const rows = this.#tables.get(table) ?? new Map<string, Uint8Array>();
    return selectKeys(rows.keys(), options).map((key) => ({ key, value: (rows.get(key) as Uint8Array).slice() }));
  }

  async commit(writes: readonly Write[]): Promise<void> {
    for (const { table, key, value } of writes) {
      const rows = this.#tables.get(table) ?? new Map<string, Uint8Array>();
      this.#tables.set(table, rows);
      if (value === null) rows.delete(key);
      else rows.set(key, value.slice());
    }
  }

  async close(): Promise<void> {}
}

/** The engine's Store in this browser: every row sealed under the lock's keys, the names of rows in memory while it is open. */
import type { Row, ScanOptions, Store, Write } from '@countersign/client';
import type { Random } from '@countersign/crypto';
import type { Database } from './database.ts';
import { openRowName, openRowValue, rowId, sealRow } from './sealed-row.ts';
import { SortedKeys } from './sorted-keys.ts';
import type { StoreKeys } from './store-lock.ts';

export class SealedStore implements Store {
  readonly #database: Database;
  readonly #keys: StoreKeys;
  readonly #random: Random;
  readonly #tables = new Map<string, SortedKeys>();

  private constructor(database: Database, keys: StoreKeys, random: Random) {
    this.#database = database;
    this.#keys = keys;
    this.#random = random;
  }

  /** Reads the names of all rows; their values stay sealed until they are asked for. */
  static async open(database: Database, keys: StoreKeys, random: Random): Promise<SealedStore> {
    const store = new SealedStore(database, keys, random);
    await database.each((row) => {
      const { table, key } = openRowName(keys, row);
      store.#table(table).add(key);
    });
    return store;
  }

  async get(table: string, key: string): Promise<Uint8Array | null> {
    const row = await this.#database.row(rowId(this.#keys, table, key));
    return row === null ? null : openRowValue(this.#keys, row);
  }

  async scan(table: string, options?: ScanOptions): Promise<Row[]> {
    const keys = this.#table(table).select(options);
    const rows = await this.#database.rows(keys.map((key) => rowId(this.#keys, table, key)));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return keys.flatMap((key) => {
      const row = byId.get(rowId(this.#keys, table, key));
      return row === undefined ? [] : [{ key, value: openRowValue(this.#keys, row) }];
    });
  }

  async commit(writes: readonly Write[]): Promise<void> {
    const puts = writes.flatMap(({ table, key, value }) =>
      value === null ? [] : [sealRow(this.#keys, table, key, value, this.#random)],
    );
    const deletes = writes.flatMap(({ table, key, value }) => (value === null ? [rowId(this.#keys, table, key)] : []));
    await this.#database.commit(puts, deletes);
    for (const { table, key, value } of writes) {
      if (value === null) this.#table(table).delete(key);
      else this.#table(table).add(key);
    }
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #table(name: string): SortedKeys {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const made = new SortedKeys();
    this.#tables.set(name, made);
    return made;
  }
}

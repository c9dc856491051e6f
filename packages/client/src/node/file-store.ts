/** The Store of a device with a disk: a sealed journal, its rows in memory, rewritten when most of it is out of date. */
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '@countersign/crypto';
import { type Row, type ScanOptions, type Store, selectKeys, type Write } from '../port/store.ts';
import { Mutex } from '../store/mutex.ts';
import { StoreError } from './error.ts';
import { Journal } from './journal.ts';
import { takeLock } from './lock.ts';

/** A journal below this is not worth rewriting. */
const COMPACT_BYTES_MIN = 4 << 20;
/** It is rewritten when it is this many times larger than the rows in it. */
const COMPACT_FACTOR = 4;
const COMPACT_RECORD_BYTES = 1 << 20;

export interface FileStoreOptions {
  /** Folder of the store, made if need be; one device each. */
  readonly dir: string;
  /** 32 bytes (`readKeyFile`, `deriveStoreKey`). */
  readonly key: Uint8Array;
  readonly random: Random;
}

/** `store.in_use`, `store.key_wrong` or `store.damaged`. */
export async function openFileStore({ dir, key, random }: FileStoreOptions): Promise<Store> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const unlock = await takeLock(join(dir, 'lock'));
  try {
    const rows = new Rows();
    const path = join(dir, 'store');
    // A rewrite that never took the name: the old file is whole.
    await rm(`${path}.new`, { force: true });
    const journal = (await exists(path))
      ? await Journal.open(path, key, random, (writes) => rows.apply(writes))
      : await replaceFile(dir, key, random, rows);
    return new FileStore(dir, key, random, rows, journal, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

class FileStore implements Store {
  readonly #dir: string;
  readonly #key: Uint8Array;
  readonly #random: Random;
  readonly #rows: Rows;
  readonly #unlock: () => Promise<void>;
  readonly #mutex = new Mutex();
  #journal: Journal | null;

  constructor(dir: string, key: Uint8Array, random: Random, rows: Rows, journal: Journal, unlock: () => Promise<void>) {
    this.#dir = dir;
    this.#key = key;
    this.#random = random;
    this.#rows = rows;
    this.#journal = journal;
    this.#unlock = unlock;
  }

  async get(table: string, key: string): Promise<Uint8Array | null> {
    return this.#rows.get(table, key)?.slice() ?? null;
  }

  async scan(table: string, options?: ScanOptions): Promise<Row[]> {
    return this.#rows.scan(table, options);
  }

  commit(writes: readonly Write[]): Promise<void> {
    return this.#mutex.run(async () => {
      const journal = this.#journal;
      if (journal === null) throw new StoreError('store.failed');
      try {
        await journal.append(writes);
        this.#rows.apply(writes);
        await this.#compact(journal);
      } catch (cause) {
        // Whether the record is on disk is not known; only a fresh reading tells.
        this.#journal = null;
        await journal.close().catch(() => undefined);
        throw new StoreError('store.failed', { cause });
      }
    });
  }

  close(): Promise<void> {
    return this.#mutex.run(async () => {
      await this.#journal?.close();
      this.#journal = null;
      await this.#unlock();
    });
  }

  async #compact(journal: Journal): Promise<void> {
    if (journal.bytes < Math.max(COMPACT_BYTES_MIN, COMPACT_FACTOR * this.#rows.bytes)) return;
    this.#journal = await replaceFile(this.#dir, this.#key, this.#random, this.#rows);
    await journal.close();
  }
}

/** Writes all rows to a new file, which takes the place of the old one in one step. */
async function replaceFile(dir: string, key: Uint8Array, random: Random, rows: Rows): Promise<Journal> {
  const path = join(dir, 'store');
  const journal = await Journal.create(`${path}.new`, key, random);
  for (const writes of rows.chunks(COMPACT_RECORD_BYTES)) await journal.append(writes);
  await rename(`${path}.new`, path);
  const folder = await open(dir, 'r');
  await folder.sync();
  await folder.close();
  return journal;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The rows as they stand after the last commit. */
class Rows {
  readonly #tables = new Map<string, Map<string, Uint8Array>>();
  #bytes = 0;

  /** Roughly what they take in a journal. */
  get bytes(): number {
    return this.#bytes;
  }

  get(table: string, key: string): Uint8Array | undefined {
    return this.#tables.get(table)?.get(key);
  }

  scan(table: string, options?: ScanOptions): Row[] {
    const rows = this.#tables.get(table) ?? new Map<string, Uint8Array>();
    return selectKeys(rows.keys(), options).map((key) => ({ key, value: (rows.get(key) as Uint8Array).slice() }));
  }

  apply(writes: readonly Write[]): void {
    for (const { table, key, value } of writes) {
      const rows = this.#tables.get(table) ?? new Map<string, Uint8Array>();
      this.#tables.set(table, rows);
      const old = rows.get(key);
      if (old !== undefined) this.#bytes -= key.length + old.length;
      if (value === null) rows.delete(key);
      else {
        rows.set(key, value.slice());
        this.#bytes += key.length + value.length;
      }
    }
  }

  *chunks(bytesMax: number): Iterable<Write[]> {
    let chunk: Write[] = [];
    let bytes = 0;
    for (const [table, rows] of this.#tables) {
      for (const [key, value] of rows) {
        chunk.push({ table, key, value });
        bytes += key.length + value.length;
        if (bytes < bytesMax) continue;
        yield chunk;
        chunk = [];
        bytes = 0;
      }
    }
    if (chunk.length > 0) yield chunk;
  }
}

/** IndexedDB in promises: the one database of this origin, with its lock and its sealed rows. */
import type { SealedRow } from './sealed-row.ts';
import { StoreError } from './store-error.ts';
import type { LockRecord } from './store-lock.ts';

const NAME = 'countersign';
const VERSION = 1;
const LOCK = 'lock';
const ROWS = 'rows';

export class Database {
  readonly #db: IDBDatabase;

  private constructor(db: IDBDatabase) {
    this.#db = db;
  }

  static async open(): Promise<Database> {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(LOCK);
      request.result.createObjectStore(ROWS, { keyPath: 'id' });
    };
    return new Database(await resultOf(request));
  }

  /** Also what another tab holds open goes. */
  static async erase(): Promise<void> {
    await resultOf(indexedDB.deleteDatabase(NAME));
  }

  async lock(): Promise<LockRecord | null> {
    return (await resultOf<LockRecord | undefined>(this.#read(LOCK).get(LOCK))) ?? null;
  }

  async setLock(record: LockRecord): Promise<void> {
    const transaction = this.#write(LOCK);
    transaction.objectStore(LOCK).put(record, LOCK);
    await ended(transaction);
  }

  async row(id: string): Promise<SealedRow | null> {
    return (await resultOf<SealedRow | undefined>(this.#read(ROWS).get(id))) ?? null;
  }

  /** In the order of the ids; absent ones are left out. */
  async rows(ids: readonly string[]): Promise<SealedRow[]> {
    const store = this.#read(ROWS);
    const rows = await Promise.all(ids.map((id) => resultOf<SealedRow | undefined>(store.get(id))));
    return rows.filter((row) => row !== undefined);
  }

  /** Hands out every row, one after the other. */
  async each(visit: (row: SealedRow) => void): Promise<void> {
    const request = this.#read(ROWS).openCursor();
    await new Promise<void>((resolve, reject) => {
      request.onerror = () => reject(failure(request.error));
      request.onsuccess = () => {
        const cursor = request.result;
        if (cursor === null) return resolve();
        try {
          visit(cursor.value as SealedRow);
          cursor.continue();
        } catch (error) {
          reject(error as Error);
        }
      };
    });
  }

  /** All or nothing, and on disk when it resolves. */
  async commit(puts: readonly SealedRow[], deletes: readonly string[]): Promise<void> {
    const transaction = this.#write(ROWS);
    const store = transaction.objectStore(ROWS);
    for (const row of puts) store.put(row);
    for (const id of deletes) store.delete(id);
    await ended(transaction);
  }

  close(): void {
    this.#db.close();
  }

  #read(name: string): IDBObjectStore {
    return this.#db.transaction(name, 'readonly').objectStore(name);
  }

  #write(name: string): IDBTransaction {
    return this.#db.transaction(name, 'readwrite', { durability: 'strict' });
  }
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failure(request.error));
  });
}

function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(failure(transaction.error));
  });
}

function failure(cause: DOMException | null): StoreError {
  return new StoreError('store.unavailable', { cause });
}

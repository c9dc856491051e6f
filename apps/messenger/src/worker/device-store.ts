/** The store of this device: its lock, its passphrase, and its end. */
import type { Store } from '@countersign/client';
import type { Random } from '@countersign/crypto';
import { Database } from './database.ts';
import { SealedStore } from './sealed-store.ts';
import { createLock, deriveStoreKeys, openLock } from './store-lock.ts';

const MASTER_BYTES = 32;

export class DeviceStore {
  readonly #random: Random;
  #database: Database | null = null;
  #master: Uint8Array | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  async hasLock(): Promise<boolean> {
    return (await (await this.#open()).lock()) !== null;
  }

  /** Makes the lock of a store that has none, or opens the one there is: `store.locked_out`. */
  async unlock(passphrase: string): Promise<Store> {
    const database = await this.#open();
    const record = await database.lock();
    const master = record === null ? this.#random(MASTER_BYTES) : await openLock(record, passphrase);
    if (record === null) await database.setLock(await createLock(master, passphrase, this.#random));
    this.#master = master;
    return SealedStore.open(database, deriveStoreKeys(master), this.#random);
  }

  /** The store must be open; the rows stay as they are. */
  async changePassphrase(passphrase: string): Promise<void> {
    if (this.#master === null) throw new Error('the store is locked');
    await (await this.#open()).setLock(await createLock(this.#master, passphrase, this.#random));
  }

  async erase(): Promise<void> {
    this.#database?.close();
    this.#database = null;
    this.#master = null;
    await Database.erase();
  }

  async #open(): Promise<Database> {
    this.#database ??= await Database.open();
    return this.#database;
  }
}

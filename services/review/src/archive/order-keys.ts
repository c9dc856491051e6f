/** The key of each order that the gateway works under: everything read under it hangs on it, and goes with it (PROTOCOL 12 rule 5; ARCHITECTURE). */
import { wipe } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { OrderId } from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { keyOf } from '../store/sealed-mail.ts';
import { KEY_BYTES, open, seal } from './vault.ts';

export class OrderKeys {
  readonly #sql: Sql;
  readonly #vaultKey: Uint8Array;
  readonly #random: Random;
  readonly #keys = new Map<string, Uint8Array>();

  constructor(sql: Sql, vaultKey: Uint8Array, random: Random) {
    this.#sql = sql;
    this.#vaultKey = vaultKey;
    this.#random = random;
  }

  /** Of an order that was made known and has not ended; made when it is first needed. */
  async create(orderId: OrderId): Promise<Uint8Array> {
    const sealed = seal(this.#vaultKey, ['order key', orderId], this.#random(KEY_BYTES), this.#random);
    await this.#sql`insert into order_key (order_id, sealed) values (${orderId}, ${sealed}) on conflict do nothing`;
    return this.#load(orderId);
  }

  /** Null once it is destroyed. */
  of(orderId: OrderId): Uint8Array | null {
    return this.#keys.get(keyOf(orderId)) ?? null;
  }

  async loadAll(): Promise<void> {
    const rows = await this.#sql<{ order_id: Buffer }[]>`select order_id from order_key`;
    for (const { order_id } of rows) await this.#load(order_id);
  }

  /** From here on nothing that was kept under it opens; its database row goes with the rest of the order's. */
  forget(orderId: OrderId): void {
    const key = this.#keys.get(keyOf(orderId));
    if (key !== undefined) wipe(key);
    this.#keys.delete(keyOf(orderId));
  }

  async #load(orderId: OrderId): Promise<Uint8Array> {
    const [row] = await this.#sql<{ sealed: Buffer }[]>`select sealed from order_key where order_id = ${orderId}`;
    if (row === undefined) throw new Error('an order without its key');
    const key = open(this.#vaultKey, ['order key', orderId], row.sealed);
    this.#keys.set(keyOf(orderId), key);
    return key;
  }
}

/** The orders that were handed to this gateway: their openings, kept sealed until they end (P6 of SECURITY.md). */
import { decode, encode, fixed, type Infer, list, opaque, struct, toHex, uint64 } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { OrderId } from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { open, seal } from '../archive/vault.ts';

/** Openings of one order: its own, its summary's, and those of its authorisations, extensions and reviews. */
export const OPENINGS_MAX = 256;

const openingsCodec = list(struct({ index: uint64, salt: fixed(32), payload: opaque(1, 66_560) }), 0, 2 ** 24 - 1);
export type GivenOpening = Infer<typeof openingsCodec>[number];

export interface StoredOrder {
  readonly orderId: OrderId;
  readonly openings: readonly GivenOpening[];
  /** Why it ended, or null. */
  readonly endedCode: string | null;
}

export class OrderStore {
  readonly #sql: Sql;
  readonly #vaultKey: Uint8Array;
  readonly #random: Random;

  constructor(sql: Sql, vaultKey: Uint8Array, random: Random) {
    this.#sql = sql;
    this.#vaultKey = vaultKey;
    this.#random = random;
  }

  async all(): Promise<StoredOrder[]> {
    const rows = await this.#sql<{ order_id: Buffer; sealed: Buffer; ended_code: string | null }[]>`
      select order_id, sealed, ended_code from order_case order by added_ms, order_id`;
    return rows.map(({ order_id, sealed, ended_code }) => ({
      orderId: order_id,
      openings: decode(openingsCodec, open(this.#vaultKey, ['order case', order_id], sealed)),
      endedCode: ended_code,
    }));
  }

  /** Adds openings to those that are kept of the order. */
  async store(orderId: OrderId, openings: readonly GivenOpening[], nowMs: number): Promise<void> {
    const kept = (await this.all()).find((stored) => toHex(stored.orderId) === toHex(orderId))?.openings ?? [];
    const byIndex = new Map([...kept, ...openings].map((opening) => [opening.index, opening]));
    const sealed = seal(this.#vaultKey, ['order case', orderId], encode(openingsCodec, [...byIndex.values()]), this.#random);
    await this.#sql`insert into order_case (order_id, sealed, added_ms) values (${orderId}, ${sealed}, ${nowMs})
      on conflict (order_id) do update set sealed = ${sealed}`;
  }

  async end(orderId: OrderId, code: string): Promise<void> {
    await this.#sql`update order_case set ended_code = ${code} where order_id = ${orderId}`;
  }
}

/** Destroy events: what the gateway tells the log after it destroyed what it had obtained under an order (PROTOCOL 12 rule 5; 10.4). */
import { Ac1Error, equal } from '@countersign/bytes';
import {
  type AgencyId,
  createReadEvent,
  EntryType,
  type Hash,
  type OfficerId,
  type OrderId,
  orderHash,
  ReadAction,
} from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { AppError } from '@countersign/wire';
import type { Logger } from '../logger.ts';
import type { OrderBook } from '../orders/order-book.ts';
import { type Ledger, readEventBody } from './ledger.ts';

const PAGE_MAX = 500;

export interface DestroyParts {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly book: OrderBook;
  readonly agencies: readonly AgencyId[];
  /** Id of the gateway's certificate for an agency. */
  readonly gatewayOf: (agencyId: AgencyId) => OfficerId | null;
  readonly sigSeed: Uint8Array;
  readonly now: () => number;
  readonly log: Logger;
}

export class DestroyEvents {
  readonly #parts: DestroyParts;
  #telling: Promise<void> = Promise.resolve();

  constructor(parts: DestroyParts) {
    this.#parts = parts;
  }

  /** Appends the events that are due, one for each grant; what cannot be told now is told after the next end, or the next start. */
  tell(): void {
    this.#telling = this.#telling
      .then(() => this.#tellAll())
      .catch((error: unknown) => {
        if (!(error instanceof AppError || error instanceof Ac1Error)) throw error;
        this.#parts.log.warn({ code: error.code }, 'destroy events are still to be logged');
      });
  }

  async #tellAll(): Promise<void> {
    const { sql } = this.#parts;
    for (;;) {
      const due = await sql<{ order_id: Buffer; grant_id: Buffer }[]>`
        select order_id, grant_id from destroy_due order by order_id, grant_id limit ${PAGE_MAX}`;
      for (const { order_id, grant_id } of due) {
        await this.#tellOne(order_id, grant_id);
        await sql`delete from destroy_due where order_id = ${order_id} and grant_id = ${grant_id}`;
      }
      if (due.length < PAGE_MAX) return;
    }
  }

  async #tellOne(orderId: OrderId, grantId: Hash): Promise<void> {
    const { ledger, book, agencies, gatewayOf, sigSeed, now } = this.#parts;
    const order = book.orderOf(orderId);
    const reader = order.readers.find(({ agencyId }) => agencies.some((agency) => equal(agency, agencyId)));
    const officerId = reader === undefined ? null : gatewayOf(reader.agencyId);
    if (reader === undefined || officerId === null) throw new Ac1Error('order.agency_not_named');
    const body = (prevEvent: Hash): Uint8Array =>
      readEventBody(
        createReadEvent(
          {
            orderHash: orderHash(order),
            grantId,
            agencyId: reader.agencyId,
            officerId,
            purpose: reader.purposes[0] as number,
            action: ReadAction.destroy,
            msgIds: [],
            prevEvent,
            time: BigInt(now()),
          },
          sigSeed,
        ),
      );
    await ledger.append(orderId, { type: EntryType.readEvent, noticeBy: book.notifyByOf(orderId), isUrgent: false, body });
  }
}

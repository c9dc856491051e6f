/**
 * OrderBook: the orders that this gateway was given, each judged by the gateway's own copy of the log whenever it matters
 * (PROTOCOL 12, "whenever it reads", rule 1). Only entries that decide are looked at: an order has few of them and many read events.
 */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import {
  acceptedOrNull,
  authorisationCodec,
  Decision,
  decodeOrder,
  EntryType,
  extensionCodec,
  type Handle,
  type Hash,
  isConfirmed,
  type LoggedAuthorisation,
  type LoggedEntry,
  type LoggedReview,
  type LogView,
  lapsedOrders,
  type Order,
  OrderKind,
  openBody,
  orderHash,
  revocationCodec,
  revocationCounts,
  summaryEntry,
  verifyExtension,
  verifyOrderCase,
} from '@countersign/custody';

/** Types whose entries decide about an order. */
const DECIDING: readonly EntryType[] = [
  EntryType.order,
  EntryType.authorisation,
  EntryType.orderRevoked,
  EntryType.extension,
  EntryType.review,
  EntryType.statement,
];

/** A view that can say where the entries of a type are. */
export interface TypedView extends LogView {
  indicesOf(type: EntryType, from?: bigint): readonly number[];
}

/** An order that CheckOrder and CountAuthorisations hold for at this moment. */
export interface OrderInForce {
  readonly order: Order;
  readonly orderHash: Hash;
  /** The notice date that entries about it carry. */
  readonly notifyBy: bigint;
  /** What a release call shows of it. */
  readonly orderIndex: bigint;
  readonly summaryIndex: bigint;
  readonly authorisationIndices: readonly bigint[];
}

interface Decided {
  readonly logged: LoggedEntry;
  readonly order: Order;
  readonly hash: Hash;
  readonly entries: readonly LoggedEntry[];
}

export class OrderBook {
  readonly #view: TypedView;
  readonly #entries = new Map<string, LoggedEntry[]>();
  #size = 0;

  constructor(view: TypedView) {
    this.#view = view;
  }

  /** The order of a handle as it was logged; `log.handle_invalid` unless exactly one is, `log.opening_missing` before its opening is given. */
  orderOf(handle: Handle): Order {
    return this.#decided(handle).order;
  }

  /** The notice date in force: the order's own, or the last valid extension's (PROTOCOL 11.2). */
  notifyByOf(handle: Handle): bigint {
    return this.#noticeDate(this.#decided(handle));
  }

  /** The order, proven to be in force at `now`; the first rule that fails gives its code. */
  inForce(handle: Handle, now: number): OrderInForce {
    const decided = this.#decided(handle);
    const { order, hash, entries, logged } = decided;
    const view = this.#view;
    const summary = summaryEntry(entries, logged);
    ensure(summary !== null, 'order.summary_mismatch');
    const authorisations = this.#bodies(entries, EntryType.authorisation);
    const { networkId, limits, skewS } = view.profile;
    verifyOrderCase(
      {
        order,
        orderHash: hash,
        hour: logged.entry.hour,
        summaryHash: openBody(view, summary),
        authorisations,
        revoked: this.#isRevoked(decided),
        reviewed: this.#isReviewed(decided, authorisations),
        lapsed: order.kind === OrderKind.emergency ? lapsedOrders(view, now) : [],
      },
      { networkId, limits, skewS, annex: view.annex, officers: view.officers, now },
    );
    return {
      order,
      orderHash: hash,
      notifyBy: this.#noticeDate(decided),
      orderIndex: logged.index,
      summaryIndex: summary.index,
      authorisationIndices: entries.filter(({ entry }) => entry.type === EntryType.authorisation).map(({ index }) => index),
    };
  }

  #decided(handle: Handle): Decided {
    this.#catchUp();
    const entries = this.#entries.get(toHex(handle)) ?? [];
    const [logged, second] = entries.filter(({ entry }) => entry.type === EntryType.order);
    ensure(logged !== undefined && second === undefined, 'log.handle_invalid');
    const order = decodeOrder(openBody(this.#view, logged));
    ensure(equal(order.orderId, handle), 'log.handle_invalid');
    return { logged, order, hash: orderHash(order), entries };
  }

  #catchUp(): void {
    const { size } = this.#view;
    if (size === this.#size) return;
    const from = BigInt(this.#size);
    const fresh = DECIDING.flatMap((type) => this.#view.indicesOf(type, from)).sort((a, b) => a - b);
    for (const at of fresh) {
      const index = BigInt(at);
      const entry = this.#view.entryAt(index);
      if (entry === null) continue;
      const key = toHex(entry.handle);
      const list = this.#entries.get(key) ?? [];
      this.#entries.set(key, list);
      list.push({ index, entry });
    }
    this.#size = size;
  }

  #bodies(entries: readonly LoggedEntry[], type: EntryType): LoggedAuthorisation[] {
    return entries
      .filter(({ entry }) => entry.type === type)
      .map((item) => ({ bytes: openBody(this.#view, item), hour: item.entry.hour }));
  }

  #noticeDate({ order, entries }: Decided): bigint {
    const { limits } = this.#view.profile;
    let notifyBy = order.notifyBy;
    for (const item of entries) {
      if (item.entry.type !== EntryType.extension || BigInt(item.entry.hour) * 3600n >= notifyBy) continue;
      const extended = acceptedOrNull(() =>
        verifyExtension(decode(extensionCodec, openBody(this.#view, item)), order, notifyBy, limits, this.#view.officers),
      );
      notifyBy = extended ?? notifyBy;
    }
    return notifyBy;
  }

  #isRevoked({ order, hash, entries }: Decided): boolean {
    return entries.some(({ entry }) => {
      if (entry.type !== EntryType.orderRevoked || entry.form !== 0) return false;
      const { payload } = entry;
      const revocation = acceptedOrNull(() => decode(revocationCodec, payload));
      return revocation !== null && revocationCounts(order, hash, revocation, this.#view.officers);
    });
  }

  #isReviewed({ order, hash, entries }: Decided, authorisations: readonly LoggedAuthorisation[]): boolean {
    const reviews: LoggedReview[] = this.#bodies(entries, EntryType.review).flatMap(({ bytes, hour }) => {
      const review = acceptedOrNull(() => decode(authorisationCodec, bytes));
      return review === null ? [] : [{ review, hour }];
    });
    const approvedBy = authorisations.flatMap(({ bytes }) => {
      const item = acceptedOrNull(() => decode(authorisationCodec, bytes));
      return item !== null && item.decision === Decision.approve ? [item.officerId] : [];
    });
    return isConfirmed(order, hash, reviews, approvedBy, this.#view.officers);
  }
}

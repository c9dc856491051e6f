/**
 * Orders: those that this gateway knows, whether each is in force now, and what happens when one begins or ends. Everything that reads
 * asks here first (PROTOCOL 12, "whenever it reads", rule 1).
 */
import { Ac1Error, ensure, toHex } from '@countersign/bytes';
import { type AgencyId, acceptedOrNull, EntryType, type Order, type OrderId } from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { AppError } from '@countersign/wire';
import { waitMs } from '../log/territory-openings.ts';
import type { OrderBook, OrderInForce } from './order-book.ts';
import { isEnd } from './order-state.ts';
import type { GivenOpening, OrderStore } from './order-store.ts';

/** An order that ended stops being read under at once, and loses its keys within this time. */
const TICK_MS = 500;
/** For an order that was just logged to be witnessed. */
const LOGGED_MAX_MS = 15_000;
const ORDERS_MAX = 10_000;

export type OrderState =
  | { readonly kind: 'in_force'; readonly found: OrderInForce }
  | { readonly kind: 'waiting' | 'ended'; readonly code: string };

export interface OrdersParts {
  readonly mirror: LogMirror;
  readonly book: OrderBook;
  readonly store: OrderStore;
  readonly agencies: readonly AgencyId[];
  readonly now: () => number;
  readonly nowMs: () => number;
  /** It is in force for the first time since the start. */
  readonly onBegin: (order: Order) => Promise<void>;
  /** Destroys what was obtained; called again after a restart until it has succeeded once. */
  readonly onEnd: (orderId: OrderId) => Promise<void>;
}

/** What an order was found to be, and when: size of the copy, and second. */
interface Judged {
  readonly moment: string;
  readonly result: OrderInForce | Ac1Error;
}

interface Known {
  readonly orderId: OrderId;
  endedCode: string | null;
  hasBegun: boolean;
}

export class Orders {
  readonly #parts: OrdersParts;
  readonly #known = new Map<string, Known>();
  readonly #judged = new Map<string, Judged>();
  readonly #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: OrdersParts) {
    this.#parts = parts;
  }

  /**
   * Reads what was known at the last stop, ended orders included: an entry about one may still have to be appended, under its notice
   * date. Resolves when the copy of the log has all of their entries; nothing has begun or ended by then.
   */
  async load(): Promise<void> {
    const { mirror, store } = this.#parts;
    for (const { orderId, openings, endedCode } of await store.all()) {
      this.#known.set(toHex(orderId), { orderId, endedCode, hasBegun: false });
      for (const { index, salt, payload } of openings) {
        await mirror.waitForSize(Number(index) + 1, this.#ending.signal);
        mirror.directory.addSecret(index, { salt, payload });
      }
    }
  }

  /** After `load`: begins to watch. */
  async start(): Promise<void> {
    await this.#tick();
    this.#running = this.#watch();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  /**
   * Takes an order in, from whoever submitted it. Each opening must be that of its entry; the order must name an agency that is hosted
   * here. An order that officers have still to approve is taken and waits; one that no log holds is not.
   */
  async submit(openings: readonly GivenOpening[]): Promise<{ readonly orderId: OrderId; readonly state: OrderState }> {
    const { mirror, book, store, nowMs } = this.#parts;
    const last = Math.max(...openings.map(({ index }) => Number(index)), 0);
    await mirror.waitForSize(last + 1, AbortSignal.timeout(LOGGED_MAX_MS));
    const logged = openings.find(({ index }) => mirror.directory.entryAt(index)?.type === EntryType.order);
    ensure(logged !== undefined, 'log.handle_invalid');
    const { handle: orderId } = mirror.directory.entryAt(logged.index) as { handle: OrderId };
    for (const { index, salt, payload } of openings) {
      ensure(toHex(mirror.directory.entryAt(index)?.handle ?? new Uint8Array(0)) === toHex(orderId), 'log.handle_invalid');
      mirror.directory.addSecret(index, { salt, payload });
    }
    this.#judged.delete(toHex(orderId));
    const order = book.orderOf(orderId);
    ensure(this.#isHosted(order), 'order.agency_not_named');
    const key = toHex(orderId);
    if (!this.#known.has(key) && this.#known.size >= ORDERS_MAX) throw new AppError('limit.items', 'orders');
    await store.store(orderId, openings, nowMs());
    if (!this.#known.has(key)) this.#known.set(key, { orderId, endedCode: null, hasBegun: false });
    await this.#step(this.#known.get(key) as Known);
    return { orderId, state: this.stateOf(orderId) };
  }

  list(): OrderId[] {
    return [...this.#known.values()].map(({ orderId }) => orderId);
  }

  stateOf(orderId: OrderId): OrderState {
    const known = this.#known.get(toHex(orderId));
    if (known === undefined) throw new AppError('input.unknown_order');
    if (known.endedCode !== null) return { kind: 'ended', code: known.endedCode };
    try {
      return { kind: 'in_force', found: this.#judge(orderId) };
    } catch (error) {
      if (!(error instanceof Ac1Error)) throw error;
      return { kind: isEnd(error.code) ? 'ended' : 'waiting', code: error.code };
    }
  }

  /** The order, in force at this moment by the own copy of the log; else the code of the first rule that fails. */
  inForce(orderId: OrderId): OrderInForce {
    const known = this.#known.get(toHex(orderId));
    if (known === undefined) throw new AppError('input.unknown_order');
    // An end is final, whatever the log says later.
    if (known.endedCode !== null) throw new AppError('policy.no_order');
    return this.#judge(orderId);
  }

  /** The order as logged, whether or not it is in force; null before its opening is there. */
  orderOf(orderId: OrderId): Order | null {
    return acceptedOrNull(() => this.#parts.book.orderOf(orderId));
  }

  /**
   * A copy of the log that is not fresh might lack a revocation. The judgement follows from the copy, the second, and the openings given,
   * so it is made once for each of these: every feed asks before every batch.
   */
  #judge(orderId: OrderId): OrderInForce {
    const { mirror, book, now } = this.#parts;
    if (mirror.fault !== null) throw mirror.fault;
    const key = toHex(orderId);
    const moment = `${mirror.size} ${now()}`;
    let judged = this.#judged.get(key);
    if (judged?.moment !== moment) {
      judged = {
        moment,
        result: resultOf(() => {
          mirror.freshCheckpoint();
          return book.inForce(orderId, now());
        }),
      };
      this.#judged.set(key, judged);
    }
    if (judged.result instanceof Ac1Error) throw judged.result;
    return judged.result;
  }

  #isHosted(order: Order): boolean {
    const hosted = new Set(this.#parts.agencies.map(toHex));
    return order.readers.some(({ agencyId }) => hosted.has(toHex(agencyId)));
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await waitMs(TICK_MS, signal);
      if (!signal.aborted) await this.#tick();
    }
  }

  async #tick(): Promise<void> {
    for (const known of this.#known.values()) await this.#step(known);
  }

  async #step(known: Known): Promise<void> {
    if (known.endedCode !== null) return;
    const state = this.stateOf(known.orderId);
    if (state.kind === 'in_force' && !known.hasBegun) {
      known.hasBegun = true;
      await this.#parts.onBegin(state.found.order);
    }
    if (state.kind !== 'ended') return;
    known.endedCode = state.code; // from here on nothing is read under it
    await this.#parts.onEnd(known.orderId);
    await this.#parts.store.end(known.orderId, state.code);
  }
}

function resultOf(judge: () => OrderInForce): OrderInForce | Ac1Error {
  try {
    return judge();
  } catch (error) {
    if (error instanceof Ac1Error) return error;
    throw error;
  }
}

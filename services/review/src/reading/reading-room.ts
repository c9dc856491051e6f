/**
 * ReadingRoom: the one way from the archive to an eye. The order is judged again, the policy decides for each message, the read event is
 * in the log, and only then is anything opened (PROTOCOL 12, "whenever it reads").
 */
import { Ac1Error, equal, toHex } from '@countersign/bytes';
import {
  acceptedOrNull,
  type Content,
  createReadEvent,
  decodeContent,
  EntryType,
  type Hash,
  type OrderId,
  ReadAction,
  refusalOf,
  verifyMayRead,
} from '@countersign/custody';
import type { LogDirectory } from '@countersign/service';
import { AppError } from '@countersign/wire';
import { contentKind, searchText } from '../archive/content-text.ts';
import type { OrderKeys } from '../archive/order-keys.ts';
import { open } from '../archive/vault.ts';
import { type Ledger, readEventBody } from '../log/ledger.ts';
import type { OrderInForce } from '../orders/order-book.ts';
import type { Orders } from '../orders/orders.ts';
import { type ShowAction, ShowDecisions, type ShowingOfficer } from './may-show.ts';
import type { MessageRow } from './message-rows.ts';

/** msg_ids<0..64000>. */
const MESSAGES_PER_EVENT_MAX = 4_000;

/** An officer at work: under one order, for one purpose. */
export interface Desk {
  readonly officer: ShowingOfficer;
  readonly orderId: OrderId;
  readonly purpose: number;
}

/** A message as it leaves the gateway; bytes in hex. */
export interface ShownMessage {
  readonly message_id: string;
  readonly kind: string;
  readonly text: string;
  readonly from: string;
  readonly account_id: string;
  readonly device_id: string;
  readonly conversation: string;
  readonly sent_ms: number;
  readonly received_ms: number;
  readonly order_id: string;
  readonly agency: string;
  readonly purpose: number;
  readonly grant_id: string;
  readonly seq: number;
  readonly cursor: string;
  /** Of reply, reaction, edit and delete: what it is about. */
  readonly about?: string;
}

/** A row that may be shown and whose read event is logged, with its content. */
export interface OpenedRow {
  readonly row: MessageRow;
  readonly bytes: Uint8Array;
  /** Null for a kind that this version does not know. */
  readonly content: Content | null;
}

export interface ReadingParts {
  readonly orders: Orders;
  readonly ledger: Ledger;
  readonly keys: OrderKeys;
  readonly directory: LogDirectory;
  readonly sigSeed: Uint8Array;
  readonly now: () => number;
}

export class ReadingRoom {
  readonly #parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  /** A desk under an order that names the officer's agency; the purpose is the order's first for it unless one is given. */
  desk(officer: ShowingOfficer, orderId: OrderId, purpose?: number): Desk {
    const { order } = this.#parts.orders.inForce(orderId);
    const reader = order.readers.find(({ agencyId }) => equal(agencyId, officer.agencyId));
    // What an order of others is about, and that there is one, is not told.
    if (reader === undefined) throw new AppError('input.unknown_order');
    const chosen = purpose ?? (reader.purposes[0] as number);
    if (!reader.purposes.includes(chosen)) throw new Ac1Error('order.purpose_not_named');
    return { officer, orderId, purpose: chosen };
  }

  /** The orders in force that name the officer's agency. */
  ordersOf(officer: ShowingOfficer): OrderId[] {
    return this.#parts.orders.list().filter((orderId) => {
      const state = this.#parts.orders.stateOf(orderId);
      return state.kind === 'in_force' && state.found.order.readers.some(({ agencyId }) => equal(agencyId, officer.agencyId));
    });
  }

  /** Those of `rows` that the officer may see, opened, their read events logged; the rest are left out as if they were not there. */
  async read(desk: Desk, action: ShowAction, rows: readonly MessageRow[]): Promise<OpenedRow[]> {
    const found = this.#parts.orders.inForce(desk.orderId);
    const allowed = this.#allowed(desk, action, rows, found);
    await this.#logReads(desk, action, allowed, found);
    const orderKey = this.#parts.keys.of(desk.orderId);
    this.#parts.orders.inForce(desk.orderId); // it may have ended while the event was logged
    if (orderKey === null) throw new AppError('policy.no_order');
    return allowed.map((row) => {
      const dataKey = open(orderKey, ['data key', row.grantId, row.orderId], row.sealedDataKey);
      const bytes = open(dataKey, ['content', row.grantId, row.envHash], row.sealed);
      return { row, bytes, content: acceptedOrNull(() => decodeContent(bytes)) };
    });
  }

  async show(desk: Desk, action: ShowAction, rows: readonly MessageRow[]): Promise<ShownMessage[]> {
    return (await this.read(desk, action, rows)).map((opened) => shownMessage(opened, desk));
  }

  #allowed(desk: Desk, action: ShowAction, rows: readonly MessageRow[], { order }: OrderInForce): MessageRow[] {
    const { directory } = this.#parts;
    const decisions = new ShowDecisions();
    const { officer, purpose } = desk;
    return rows.filter((row) => {
      const territories = directory.territoriesOf(row.deviceId, Number(row.day));
      const { agencyId } = officer;
      if (refusalOf(() => verifyMayRead(order, agencyId, purpose, territories)) !== null) return false;
      const found = { officer, order, isInForce: true, agencyId, purpose };
      const facts = { isReleased: equal(row.orderId, desk.orderId), recvMs: row.recvMs, territories };
      return decisions.mayShow(action, found, facts);
    });
  }

  /** PROTOCOL 12 rule 3: appended before its content is shown, one event for each grant. */
  async #logReads(desk: Desk, action: ShowAction, rows: readonly MessageRow[], found: OrderInForce): Promise<void> {
    const byGrant = new Map<string, MessageRow[]>();
    for (const row of rows) byGrant.set(toHex(row.grantId), [...(byGrant.get(toHex(row.grantId)) ?? []), row]);
    const events = [...byGrant.values()].flatMap((ofGrant) => {
      const parts: MessageRow[][] = [];
      for (let i = 0; i < ofGrant.length; i += MESSAGES_PER_EVENT_MAX) parts.push(ofGrant.slice(i, i + MESSAGES_PER_EVENT_MAX));
      return parts.map((part) => this.#logRead(desk, action, part, found));
    });
    await Promise.all(events);
  }

  async #logRead(desk: Desk, action: ShowAction, rows: readonly MessageRow[], found: OrderInForce): Promise<void> {
    const { ledger, sigSeed, now } = this.#parts;
    const [{ grantId }] = rows as [MessageRow];
    await ledger.append(desk.orderId, {
      type: EntryType.readEvent,
      noticeBy: found.notifyBy,
      isUrgent: true,
      body: (prevEvent: Hash) =>
        readEventBody(
          createReadEvent(
            {
              orderHash: found.orderHash,
              grantId,
              agencyId: desk.officer.agencyId,
              officerId: desk.officer.officerId,
              purpose: desk.purpose,
              action: ReadAction[action],
              msgIds: rows.map(({ msgId }) => msgId),
              prevEvent,
              time: BigInt(now()),
            },
            sigSeed,
          ),
        ),
    });
  }
}

function shownMessage({ row, content }: OpenedRow, { officer, purpose }: Desk): ShownMessage {
  return {
    message_id: toHex(row.msgId),
    kind: content === null ? 'not supported' : contentKind(content),
    text: content === null ? '' : searchText(content),
    from: row.handle,
    account_id: toHex(row.accountId),
    device_id: toHex(row.deviceId),
    conversation: toHex(row.groupId),
    sent_ms: Number(row.sentMs),
    received_ms: Number(row.recvMs),
    order_id: toHex(row.orderId),
    agency: toHex(officer.agencyId),
    purpose,
    grant_id: toHex(row.grantId),
    seq: Number(row.seq),
    cursor: String(row.position),
    ...aboutOf(content),
  };
}

function aboutOf(content: Content | null): { about?: string } {
  if (content !== null && 'to' in content) return { about: toHex(content.to) };
  if (content !== null && 'target' in content) return { about: toHex(content.target) };
  return {};
}

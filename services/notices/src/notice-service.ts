/** NoticeService: at each order's date it opens the summary and tells the persons concerned; what it cannot do stays overdue for all to see. */
import { Ac1Error, decode, encode, fromHex, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { type AccountId, createNotice, NoticeState, noticeCodec, noticeTextHash, SALT_BYTES } from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { AppError } from '@countersign/wire';
import { type DueOrder, dueOrders, type GrantSenders } from './due-orders.ts';
import type { Messenger } from './messenger.ts';
import type { NoticeLog } from './notice-log.ts';
import { formatNotice } from './notice-text.ts';
import type { SealedOpenings } from './sealed-openings.ts';
import type { ServedNotice, ServedNotices } from './served.ts';

const RETRY_S = 5;

/** What the service says of its work: codes and counts, no names. */
export interface NoticeLogger {
  readonly warn: (fields: object, message: string) => void;
}

export interface NoticeServiceParts {
  readonly mirror: LogMirror;
  readonly openings: SealedOpenings;
  readonly senders: GrantSenders;
  readonly noticeLog: NoticeLog;
  readonly served: ServedNotices;
  readonly messenger: Messenger;
  readonly oversightSeed: Uint8Array;
  readonly complaint: string;
  /** Unix seconds. */
  readonly now: () => number;
  readonly random: Random;
  readonly log: NoticeLogger;
}

export class NoticeService {
  readonly #parts: NoticeServiceParts;
  /** By order, or order and person: when what failed is tried again. */
  readonly #notBefore = new Map<string, number>();

  constructor(parts: NoticeServiceParts) {
    this.#parts = parts;
  }

  /** Goes through everything that is due once. What fails for a passing reason is tried again at the next call. */
  async step(signal: AbortSignal): Promise<void> {
    const { mirror, openings, senders, now, log } = this.#parts;
    await openings.pull(signal);
    senders.refresh();
    for (const due of dueOrders(mirror.directory, senders, now())) {
      if (signal.aborted) return;
      const id = toHex(due.order.orderId);
      await this.#attempt(id, () => this.#openSummary(due));
      for (const account of due.accounts) await this.#attempt(`${id} ${toHex(account)}`, () => this.#serve(due, account));
      if (due.unknownGrants > 0) log.warn({ code: 'log.opening_missing', grants: due.unknownGrants }, 'senders cannot be told');
    }
  }

  async #openSummary({ order, closedSummary }: DueOrder): Promise<void> {
    const { mirror, noticeLog } = this.#parts;
    if (closedSummary === null) return;
    const secret = mirror.directory.secretOf(closedSummary.index);
    if (secret === null) throw new Ac1Error('log.opening_missing', { index: closedSummary.index });
    await noticeLog.openSummary(order.orderId, closedSummary, secret);
  }

  /** Written down, logged, sent: each step once (PROTOCOL 12, "who is notified"). */
  async #serve(due: DueOrder, account: AccountId): Promise<void> {
    const { served, noticeLog, messenger } = this.#parts;
    const { orderId } = due.order;
    let row = served.of(orderId, account) ?? this.#draft(due, account);
    if (row.isSent) return;
    if (row.index === null) {
      await served.put(row);
      const index = await noticeLog.appendNotice(orderId, due.notifyBy, fromHex(row.notice), fromHex(row.salt));
      row = { ...row, index: String(index) };
      await served.put(row);
    }
    await messenger.send(account, decode(noticeCodec, fromHex(row.notice)), row.text);
    await served.put({ ...row, isSent: true });
  }

  #draft({ order, orderHash, due, grants }: DueOrder, accountId: AccountId): ServedNotice {
    const { mirror, oversightSeed, complaint, random, now } = this.#parts;
    const text = formatNotice({ order, grants, annex: mirror.directory.annex, complaint });
    const notice = createNotice(
      {
        orderId: order.orderId,
        orderHash,
        accountId,
        state: NoticeState.served,
        due,
        time: BigInt(now()),
        textHash: noticeTextHash(text),
      },
      oversightSeed,
    );
    return {
      orderId: toHex(order.orderId),
      account: toHex(accountId),
      notice: toHex(encode(noticeCodec, notice)),
      salt: toHex(random(SALT_BYTES)),
      text,
      index: null,
      isSent: false,
    };
  }

  /** One person who cannot be reached keeps back nobody else's notice. */
  async #attempt(name: string, work: () => Promise<void>): Promise<void> {
    const { now } = this.#parts;
    if ((this.#notBefore.get(name) ?? 0) > now()) return;
    try {
      await work();
      this.#notBefore.delete(name);
    } catch (error) {
      this.#notBefore.set(name, now() + RETRY_S);
      const code = (error as { code?: unknown }).code;
      if (!(error instanceof Ac1Error || error instanceof AppError) && typeof code !== 'string') throw error;
      this.#parts.log.warn({ code }, 'something that is due could not be done yet');
    }
  }
}

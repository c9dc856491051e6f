/** The one entry that an order or a roster slot may have, and the date that an order's entries stand under (PROTOCOL 11.2). */
import { ensure, isZero, toHex } from '@countersign/bytes';
import { type EntrySubject, EntryType, type LogEntry, verifyNoticeBy } from '@countersign/custody';

interface OrderDate {
  noticeBy: bigint;
  /** An extension came; what it raised the date to is committed, so the log cannot know it. */
  isExtended: boolean;
}

export class OrderDates {
  readonly #orders = new Map<string, OrderDate>();
  readonly #rosterSlots = new Set<string>();

  /** `log.handle_invalid` for a second type 8 or 12 entry with one handle, and for an order's entry without its order. */
  verifyHandle(entry: LogEntry): void {
    const handle = toHex(entry.handle);
    if (entry.type === EntryType.order) ensure(!this.#orders.has(handle), 'log.handle_invalid');
    else if (entry.type === EntryType.roster) ensure(!this.#rosterSlots.has(handle), 'log.handle_invalid');
    else if (entry.type !== EntryType.opening && !isZero(entry.handle)) ensure(this.#orders.has(handle), 'log.handle_invalid');
  }

  /**
   * `log.notice_mismatch` unless the date is the order's. After an extension every later date passes as well: custodians, who can
   * open it, judge which one is right, and nobody can shut the others out by being the first to name a wrong one.
   */
  verifyNoticeBy(entry: LogEntry, subject: EntrySubject): void {
    if (entry.type === EntryType.order) {
      ensure(entry.noticeBy > 0n, 'log.notice_mismatch');
      return;
    }
    const date = this.#orders.get(toHex(entry.handle));
    const isLater = date?.isExtended === true && entry.noticeBy > date.noticeBy;
    const inForce = isLater ? entry.noticeBy : date?.noticeBy;
    verifyNoticeBy(entry, inForce === undefined ? subject : { ...subject, noticeBy: inForce });
  }

  /** Takes in an entry that the log has. */
  add(entry: LogEntry): void {
    const handle = toHex(entry.handle);
    if (entry.type === EntryType.order) this.#orders.set(handle, { noticeBy: entry.noticeBy, isExtended: false });
    if (entry.type === EntryType.roster) this.#rosterSlots.add(handle);
    const date = this.#orders.get(handle);
    if (entry.type === EntryType.extension && date !== undefined) date.isExtended = true;
  }
}

/** The deadline rule: which orders should have been made public and told to the persons named by now (PROTOCOL 11.2). */
import { decode } from '@countersign/bytes';
import { isReviewDue } from './check-order.ts';
import type { LoggedEntry } from './entry-chain.ts';
import { EntryType, type Handle } from './log-entry.ts';
import type { LogView } from './log-view.ts';
import { openingCodec } from './opening.ts';
import { decodeOrder } from './order.ts';
import { openBody, readDossier, summaryEntry } from './order-dossier.ts';
import { acceptedOrNull } from './refusal.ts';
import { verifySecret } from './secret-payload.ts';

/** An order that missed its date, with what is missing; a monitor reports each as `log.notice_overdue`. */
export interface OverdueNotice {
  readonly code: 'log.notice_overdue';
  readonly handle: Handle;
  /** Log index of the order. */
  readonly index: bigint;
  /** Unix seconds. */
  readonly noticeBy: bigint;
  readonly missing: readonly ('summary' | 'notice')[];
}

/**
 * The overdue of a log copy at `now`. Anybody can run this on public entries. Whoever can also open orders sees more: an extension
 * counts for him only if it is valid, and an emergency order that lapsed is due at its review date.
 */
export function listOverdue(view: LogView, now: number): OverdueNotice[] {
  const overdue: OverdueNotice[] = [];
  for (const logged of view.orders()) {
    const { handle } = logged.entry;
    const entries = view.entriesWith(handle);
    const noticeBy = deadlineOf(view, logged, entries, now);
    const missing = missingOf(logged, entries);
    if (noticeBy !== null && now >= noticeBy && missing.length > 0)
      overdue.push({ code: 'log.notice_overdue', handle, index: logged.index, noticeBy, missing });
  }
  return overdue;
}

/** The date in force, or null while an extension that this view cannot open may have moved it. */
function deadlineOf(view: LogView, logged: LoggedEntry, entries: readonly LoggedEntry[], now: number): bigint | null {
  const order = acceptedOrNull(() => decodeOrder(openBody(view, logged)));
  if (order !== null) {
    const dossier = acceptedOrNull(() => readDossier(view, logged.entry.handle));
    if (dossier !== null) {
      const isLapsed = isReviewDue(order, now) && !dossier.reviewed;
      return isLapsed && order.reviewBy < dossier.notifyBy ? order.reviewBy : dossier.notifyBy;
    }
  }
  return publicDeadline(logged, entries);
}

/** By what stands in the entries: those after an extension may carry the date that it set; without one, a later date is nobody's to set. */
function publicDeadline(logged: LoggedEntry, entries: readonly LoggedEntry[]): bigint | null {
  let noticeBy = logged.entry.noticeBy;
  let isOpen = false;
  for (const { entry } of entries) {
    if (isOpen && entry.noticeBy > noticeBy) {
      noticeBy = entry.noticeBy;
      isOpen = false;
    }
    if (entry.type === EntryType.extension && BigInt(entry.hour) * 3600n < noticeBy) isOpen = true;
  }
  return isOpen ? null : noticeBy;
}

function missingOf(logged: LoggedEntry, entries: readonly LoggedEntry[]): ('summary' | 'notice')[] {
  const summary = summaryEntry(entries, logged);
  const isOpened = summary !== null && entries.some(({ entry }) => isOpeningOf(entry, summary));
  const isServed = entries.some(({ entry }) => entry.type === EntryType.notice);
  return [...(isOpened ? [] : (['summary'] as const)), ...(isServed ? [] : (['notice'] as const))];
}

/** A type 19 entry that really opens the summary's entry. */
function isOpeningOf(entry: LoggedEntry['entry'], summary: LoggedEntry): boolean {
  if (entry.type !== EntryType.opening || entry.form !== 0) return false;
  const { payload } = entry;
  const opening = acceptedOrNull(() => decode(openingCodec, payload));
  if (opening === null || opening.index !== summary.index) return false;
  return acceptedOrNull(() => verifySecret(summary.entry, opening)) !== null;
}

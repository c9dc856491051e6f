/** The dossier of an order: every entry with its handle, opened and held to the rules of its type (PROTOCOL 11.2, 11.3 steps 2 and 3). */
import { decode, ensure, equal } from '@countersign/bytes';
import { authorisationCodec, Decision } from './authorisation.ts';
import { isReviewDue } from './check-order.ts';
import { type LoggedEntry, verifyChains } from './entry-chain.ts';
import { extensionCodec, verifyExtension } from './extension.ts';
import type { Hash } from './ids.ts';
import { EntryType, type Handle } from './log-entry.ts';
import type { LogView } from './log-view.ts';
import { decodeOrder, type Order, OrderKind, orderHash } from './order.ts';
import type { LoggedAuthorisation, OrderCase } from './order-case.ts';
import { acceptedOrNull } from './refusal.ts';
import { type ReleaseRequest, releaseRequestCodec } from './release-request.ts';
import { isConfirmed, type LoggedReview } from './review.ts';
import { revocationCodec, revocationCounts } from './revocation.ts';
import { verifySecret } from './secret-payload.ts';

/** Types whose opening a custodian must hold, or refuse the order. */
const OPENED_TYPES: readonly number[] = [
  EntryType.order,
  EntryType.authorisation,
  EntryType.releaseRequest,
  EntryType.extension,
  EntryType.review,
];

/** A type 14 entry's request; null where the body is none. */
export interface LoggedRequest {
  readonly index: bigint;
  readonly request: ReleaseRequest | null;
}

export interface OrderDossier extends Omit<OrderCase, 'lapsed'> {
  readonly handle: Handle;
  readonly entries: readonly LoggedEntry[];
  readonly requests: readonly LoggedRequest[];
  /** In force now: the order's own, or that of the last valid extension. */
  readonly notifyBy: bigint;
  readonly extensions: readonly { readonly index: bigint; readonly hour: number; readonly notifyBy: bigint }[];
}

/**
 * The dossier of `handle`. Throws `log.handle_invalid` where not exactly one order is logged under it, `log.opening_missing` where a
 * body is kept from the copy, `log.notice_mismatch`, `order.summary_mismatch` where no summary stands beside the order, and
 * `log.chain_broken`.
 */
export function readDossier(view: LogView, handle: Handle): OrderDossier {
  const entries = view.entriesWith(handle);
  const logged = theOrderEntry(entries);
  const order = decodeOrder(openBody(view, logged));
  ensure(equal(order.orderId, handle), 'log.handle_invalid');
  const hash = orderHash(order);
  for (const item of entries.filter(({ entry }) => OPENED_TYPES.includes(entry.type))) openBody(view, item);
  const summary = theSummaryEntry(entries, logged);
  const extensions = followNoticeDate(view, entries, order, summary);
  const summaryHash = openBody(view, summary);
  verifyChains(entries); // step 3
  const authorisations = bodiesOf(view, entries, EntryType.authorisation).map(({ body, item }) => ({
    bytes: body,
    hour: item.entry.hour,
  }));
  return {
    handle,
    order,
    orderHash: hash,
    hour: logged.entry.hour,
    summaryHash,
    authorisations,
    revoked: isRevoked(view, entries, order, hash),
    reviewed: isReviewed(view, entries, order, hash, authorisations),
    entries,
    requests: bodiesOf(view, entries, EntryType.releaseRequest).map(({ body, item }) => ({
      index: item.index,
      request: acceptedOrNull(() => decode(releaseRequestCodec, body)),
    })),
    notifyBy: extensions.at(-1)?.notifyBy ?? order.notifyBy,
    extensions,
  };
}

/** The emergency orders in the view whose review date has come without a confirmation; orders that the view cannot open are no help. */
export function lapsedOrders(view: LogView, now: number): Order[] {
  const lapsed: Order[] = [];
  for (const logged of view.orders()) {
    const order = acceptedOrNull(() => decodeOrder(openBody(view, logged)));
    if (order === null || order.kind !== OrderKind.emergency || !isReviewDue(order, now)) continue;
    const entries = view.entriesWith(logged.entry.handle);
    const confirmed = acceptedOrNull(() => {
      const authorisations = bodiesOf(view, entries, EntryType.authorisation).map(({ body, item }) => ({
        bytes: body,
        hour: item.entry.hour,
      }));
      return isReviewed(view, entries, order, orderHash(order), authorisations);
    });
    if (confirmed !== true) lapsed.push(order);
  }
  return lapsed;
}

/** The body of a form 1 entry, or `log.opening_missing`, which names the entry and so its actor. */
export function openBody(view: LogView, { index, entry }: LoggedEntry): Uint8Array {
  const secret = view.secretOf(index);
  ensure(secret !== null, 'log.opening_missing', { index });
  return verifySecret(entry, secret);
}

function theOrderEntry(entries: readonly LoggedEntry[]): LoggedEntry {
  const [logged, second] = entries.filter(({ entry }) => entry.type === EntryType.order);
  ensure(logged !== undefined && second === undefined, 'log.handle_invalid');
  return logged;
}

/** The statement that the order's own actor logged beside it; nobody else may, and he may log no other. */
function theSummaryEntry(entries: readonly LoggedEntry[], order: LoggedEntry): LoggedEntry {
  const summary = summaryEntry(entries, order);
  ensure(summary !== null, 'order.summary_mismatch');
  return summary;
}

export function summaryEntry(entries: readonly LoggedEntry[], order: LoggedEntry): LoggedEntry | null {
  const isSummary = ({ entry }: LoggedEntry) =>
    entry.type === EntryType.statement && equal(entry.actorKeyId, order.entry.actorKeyId);
  return entries.find(isSummary) ?? null;
}

/** Goes through the entries in order: each carries the date in force before it, and a valid extension moves the date (PROTOCOL 11.2). */
function followNoticeDate(
  view: LogView,
  entries: readonly LoggedEntry[],
  order: Order,
  summary: LoggedEntry,
): OrderDossier['extensions'] {
  const extensions: { index: bigint; hour: number; notifyBy: bigint }[] = [];
  let notifyBy = order.notifyBy;
  for (const item of entries) {
    const { type, hour, noticeBy } = item.entry;
    const isDated = OPENED_TYPES.includes(type) || item.index === summary.index;
    if (isDated) ensure(noticeBy === notifyBy, 'log.notice_mismatch', { index: item.index });
    if (type !== EntryType.extension || BigInt(hour) * 3600n >= notifyBy) continue;
    const extended = acceptedOrNull(() => {
      const extension = decode(extensionCodec, openBody(view, item));
      return verifyExtension(extension, order, notifyBy, view.profile.limits, view.officers);
    });
    if (extended === null) continue;
    notifyBy = extended;
    extensions.push({ index: item.index, hour, notifyBy });
  }
  return extensions;
}

function bodiesOf(
  view: LogView,
  entries: readonly LoggedEntry[],
  type: EntryType,
): { readonly item: LoggedEntry; readonly body: Uint8Array }[] {
  return entries.filter(({ entry }) => entry.type === type).map((item) => ({ item, body: openBody(view, item) }));
}

function isRevoked(view: LogView, entries: readonly LoggedEntry[], order: Order, hash: Hash): boolean {
  return entries.some(({ entry }) => {
    if (entry.type !== EntryType.orderRevoked || entry.form !== 0) return false;
    const { payload } = entry;
    const revocation = acceptedOrNull(() => decode(revocationCodec, payload));
    return revocation !== null && revocationCounts(order, hash, revocation, view.officers);
  });
}

function isReviewed(
  view: LogView,
  entries: readonly LoggedEntry[],
  order: Order,
  hash: Hash,
  authorisations: readonly LoggedAuthorisation[],
): boolean {
  const reviews: LoggedReview[] = [];
  for (const { body, item } of bodiesOf(view, entries, EntryType.review)) {
    const review = acceptedOrNull(() => decode(authorisationCodec, body));
    if (review !== null) reviews.push({ review, hour: item.entry.hour });
  }
  const approvedBy = authorisations
    .map(({ bytes }) => acceptedOrNull(() => decode(authorisationCodec, bytes)))
    .filter((item) => item !== null && item.decision === Decision.approve)
    .map((item) => (item as NonNullable<typeof item>).officerId);
  return isConfirmed(order, hash, reviews, approvedBy, view.officers);
}

/** The rules that the log accepts an entry by, and everybody else believes one by (PROTOCOL 11.2). */
import { ensure, equal } from '@countersign/bytes';
import type { Hash, SigKey } from './ids.ts';
import { EntryType, type Handle, hourOf, type LogEntry, verifyEntrySignature, ZERO_HANDLE } from './log-entry.ts';
import { Role } from './role.ts';

/** Whose key signed the entry, by profile, custody keys and certificates; `none` of them is refused. */
export interface Actor {
  readonly kind: 'relay' | 'custodian' | 'authority' | 'officer' | 'reader' | 'device' | 'none';
  readonly key: SigKey;
  /** Of an authority or officer. */
  readonly roles: readonly number[];
}

/** What the entry is about, as far as its type needs it. */
export interface EntrySubject {
  /** The order's id, where the entry belongs to an order. */
  readonly orderId?: Handle;
  /** actor_key_id of the order's type 8 entry. */
  readonly orderActor?: Hash;
  /** notify_by of the order, or of the last valid extension. */
  readonly noticeBy?: bigint;
  /** Handle of a roster's slot. */
  readonly slot?: Handle;
  /** Handle and actor_key_id of the entry that an opening opens. */
  readonly openedHandle?: Handle;
  readonly openedActor?: Hash;
  /** The authority's key that signed the body of a type 5 to 7 entry. */
  readonly bodyBy?: SigKey;
  /** A type 22 entry belongs to an order: it is its summary or its evidence. */
  readonly ofOrder?: boolean;
}

const OPEN_FORM_TYPES: readonly EntryType[] = [1, 2, 3, 4, 5, 6, 10, 19];
const ORDER_HANDLE_TYPES: readonly EntryType[] = [8, 9, 10, 14, 15, 16, 17, 18, 20, 21];
const NOTICE_BY_TYPES: readonly EntryType[] = [8, 9, 14, 15, 16, 17, 18, 20, 21];

/** All rules in the log's order: form, signature, actor, handle, hour, notice_by. `now` in unix seconds. */
export function verifyEntry(entry: LogEntry, actor: Actor, subject: EntrySubject, now: number, skewS: number): LogEntry {
  verifyForm(entry);
  verifyEntrySignature(entry, actor.key);
  verifyActor(entry, actor, subject);
  verifyHandle(entry, subject);
  verifyHour(entry, now, skewS);
  verifyNoticeBy(entry, subject);
  return entry;
}

export function verifyForm(entry: LogEntry): void {
  const form = OPEN_FORM_TYPES.includes(entry.type) ? 0 : 1;
  ensure(entry.form === form, 'log.form_invalid');
}

export function verifyActor(entry: LogEntry, actor: Actor, subject: EntrySubject): void {
  ensure(mayAppend(entry, actor, subject), 'log.actor_invalid');
}

function mayAppend(entry: LogEntry, actor: Actor, subject: EntrySubject): boolean {
  const isAuthorityOf = (role: number) => actor.kind === 'authority' && actor.roles.includes(role);
  switch (entry.type) {
    case EntryType.profile:
    case EntryType.custodyKey:
    case EntryType.grant:
    case EntryType.roster:
    case EntryType.envelopeBatch:
      return actor.kind === 'relay';
    case EntryType.ceremony:
    case EntryType.keyDestroyed:
    case EntryType.release:
      return actor.kind === 'custodian';
    case EntryType.cert:
    case EntryType.certRevoked:
    case EntryType.territory:
      return actor.kind === 'authority' && isSame(subject.bodyBy, actor.key);
    case EntryType.order:
    case EntryType.authorisation:
    case EntryType.orderRevoked:
    case EntryType.extension:
    case EntryType.review:
      return actor.kind === 'officer' || actor.kind === 'authority';
    case EntryType.releaseRequest:
      return actor.kind === 'officer' || actor.kind === 'authority' || actor.kind === 'reader';
    case EntryType.receipt:
    case EntryType.readEvent:
      return actor.kind === 'reader';
    case EntryType.notice:
      return isAuthorityOf(Role.oversight);
    case EntryType.opening:
      return actor.kind === 'custodian' || isAuthorityOf(Role.oversight) || isSame(subject.openedActor, entry.actorKeyId);
    case EntryType.statement:
      return actor.kind === 'reader' || actor.kind === 'relay' || isSummaryActor(entry, subject);
    case EntryType.report:
      return actor.kind === 'device';
    case EntryType.filler:
      return actor.kind !== 'none';
  }
}

/** Whoever logged the order states its summary beside it. */
function isSummaryActor(entry: LogEntry, subject: EntrySubject): boolean {
  return subject.ofOrder === true && isSame(subject.orderActor, entry.actorKeyId);
}

export function verifyHandle(entry: LogEntry, subject: EntrySubject): void {
  const handle = handleOf(entry.type, subject);
  ensure(isSame(handle, entry.handle), 'log.handle_invalid');
}

function handleOf(type: EntryType, subject: EntrySubject): Handle | undefined {
  if (ORDER_HANDLE_TYPES.includes(type)) return subject.orderId;
  if (type === EntryType.statement && subject.ofOrder === true) return subject.orderId;
  if (type === EntryType.roster) return subject.slot;
  if (type === EntryType.opening) return subject.openedHandle;
  return ZERO_HANDLE;
}

/** An hour that the clock shows, or showed or will show skew_s away. */
export function verifyHour(entry: LogEntry, now: number, skewS: number): void {
  ensure(hourOf(now - skewS) <= entry.hour && entry.hour <= hourOf(now + skewS), 'log.hour_invalid');
}

export function verifyNoticeBy(entry: LogEntry, subject: EntrySubject): void {
  const isOfOrder = NOTICE_BY_TYPES.includes(entry.type) || (entry.type === EntryType.statement && subject.ofOrder === true);
  ensure(entry.noticeBy === (isOfOrder ? subject.noticeBy : 0n), 'log.notice_mismatch');
}

function isSame(expected: Uint8Array | undefined, found: Uint8Array): boolean {
  return expected !== undefined && equal(expected, found);
}

/** CheckOrder: whether an order is one that the network allows, and in force now (PROTOCOL 10.2). */
import { ensure, equal } from '@countersign/bytes';
import type { NetworkId } from './ids.ts';
import type { Limits } from './limits.ts';
import { type Order, OrderKind, OrderMode } from './order.ts';
import { breadthOf, SubjectType } from './subject.ts';

const DAY_S = 86_400n;

/** What an order is judged by. The two facts of the log are established by the caller from entries, never taken from a client. */
export interface OrderContext {
  readonly networkId: NetworkId;
  readonly limits: Limits;
  /** Unix seconds. */
  readonly now: number;
  /** A Revocation that counts is logged. */
  readonly revoked: boolean;
  /** A confirm_review that counts is logged. */
  readonly reviewed: boolean;
}

/** The order, unless one of the steps 1 to 11 fails: the first one's code. */
export function checkOrder(order: Order, context: OrderContext): Order {
  const { limits } = context;
  ensure(equal(order.networkId, context.networkId), 'order.network_mismatch'); // 1
  ensure(order.dayFrom <= order.dayTo, 'order.day_range_invalid'); // 2
  checkLifetime(order, limits);
  checkMode(order);
  checkNotice(order, limits);
  checkReviewDate(order, limits);
  checkSubjects(order);
  checkReaders(order);
  checkRules(order, limits);
  ensure(context.now >= order.notBefore, 'order.not_yet_valid'); // 10
  ensure(context.now < order.expires, 'order.expired');
  ensure(!context.revoked, 'order.revoked');
  ensure(!isReviewDue(order, context.now) || context.reviewed, 'order.review_overdue'); // 11
  return order;
}

/** Whether an emergency order has come to the moment from which on it needs its confirmation. */
export function isReviewDue(order: Order, now: number): boolean {
  return order.kind === OrderKind.emergency && now >= order.reviewBy;
}

/** Step 3. */
function checkLifetime({ kind, notBefore, expires }: Order, { maxLifetimeS }: Limits): void {
  ensure(notBefore < expires, 'order.lifetime_invalid');
  ensure(expires - notBefore <= (maxLifetimeS[kind - 1] as number), 'order.lifetime_invalid');
}

/** Step 4: past and future need two orders. */
function checkMode({ mode, kind, dayFrom, dayTo, notBefore, expires }: Order): void {
  const isInMode =
    mode === OrderMode.retrospective
      ? dayTo <= notBefore / DAY_S
      : kind !== OrderKind.production && dayFrom >= notBefore / DAY_S && dayTo <= (expires - 1n) / DAY_S;
  ensure(isInMode, 'order.mode_invalid');
}

/** Step 5; an extension is held to it too (PROTOCOL 11.2). */
export function checkNotice({ notBefore, notifyBy }: Order, { noticeMaxS }: Limits): void {
  ensure(notBefore <= notifyBy && notifyBy <= notBefore + BigInt(noticeMaxS), 'order.notice_invalid');
}

/** Step 6. */
function checkReviewDate({ kind, notBefore, reviewBy }: Order, { emergencyReviewS }: Limits): void {
  if (kind !== OrderKind.emergency) ensure(reviewBy === 0n, 'order.review_invalid');
  else ensure(notBefore < reviewBy && reviewBy <= notBefore + BigInt(emergencyReviewS), 'order.review_invalid');
}

/** Step 7. */
function checkSubjects({ subjects }: Order): void {
  const hasNetwork = subjects.some(({ type }) => type === SubjectType.network);
  ensure(!hasNetwork || subjects.length === 1, 'order.subject_invalid');
}

/** Step 8. */
function checkReaders({ kind, readers, maxGrants }: Order): void {
  if (kind === OrderKind.preservation) ensure(readers.length === 0 && maxGrants === 0, 'order.readers_invalid');
  else ensure(readers.length > 0 && maxGrants > 0, 'order.readers_invalid');
}

/** Step 9: the wider the order, the more rules speak. */
function checkRules({ kind, subjects, required }: Order, { rules, maxSubjects }: Limits): void {
  const breadth = breadthOf(subjects, maxSubjects);
  for (const rule of rules.filter((candidate) => candidate.kind === kind && candidate.breadth <= breadth)) {
    const isMet = rule.required.every(({ role, m }) => required.some((item) => item.role === role && item.m >= m));
    ensure(isMet, 'order.authorisation_rule');
  }
}

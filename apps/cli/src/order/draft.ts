/** A new order, made as narrow as it was asked for and checked against the network's limits before anybody signs it (PROTOCOL 10). */
import { fromUtf8, toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import {
  type AccountId,
  breadthOf,
  checkOrder,
  DataClass,
  type Limits,
  type NetworkId,
  type Order,
  OrderKind,
  OrderMode,
  type ReadingGrant,
  type RoleRequirement,
  type Subject,
} from '@countersign/custody';

const DAY_S = 86_400n;
/** Time for review after the last day of a live order, and for reading under a retrospective one. */
const READING_DAYS = 30n;
/** From the order's end to the notice. */
const NOTICE_AFTER_DAYS = 30n;

export interface Draft {
  readonly kind: keyof typeof OrderKind;
  readonly mode: keyof typeof OrderMode;
  readonly subjects: readonly Subject[];
  readonly readers: readonly ReadingGrant[];
  readonly excludedTerritories: readonly string[];
  readonly excludedAccounts: readonly AccountId[];
  /** Days of the messages, both included. */
  readonly dayFrom: number;
  readonly dayTo: number;
  /** Last day in force; null: long enough to read what it covers. */
  readonly expiresDay: number | null;
  /** Day of the notice; null: some time after the order's end. */
  readonly notifyDay: number | null;
  readonly maxGrants: number;
  readonly legalReference: string | null;
  /** The legal document; null: the reference alone. */
  readonly legalDocument: Uint8Array | null;
}

export interface DraftContext {
  readonly networkId: NetworkId;
  readonly limits: Limits;
  /** Unix seconds; the order is in force from here on. */
  readonly now: number;
  readonly random: Random;
}

/** Throws the code of CheckOrder for an order that the network does not allow. */
export function createOrder(draft: Draft, context: DraftContext): Order {
  const { limits, networkId, now } = context;
  const kind = OrderKind[draft.kind];
  const orderId = context.random(16);
  const reference = fromUtf8(draft.legalReference ?? `CS-${toHex(orderId).slice(0, 8).toUpperCase()}`);
  const notBefore = BigInt(now);
  const expires = expiryOf(draft, notBefore, BigInt(limits.maxLifetimeS[kind - 1] ?? 0));
  const order: Order = {
    networkId,
    orderId,
    kind,
    legalBasisHash: crypto.sha256(draft.legalDocument ?? reference),
    legalReference: reference,
    subjects: [...draft.subjects],
    excludedTerritories: [...draft.excludedTerritories],
    excludedAccounts: [...draft.excludedAccounts],
    dataClasses: DataClass.iri | DataClass.content,
    readers: kind === OrderKind.preservation ? [] : [...draft.readers],
    mode: OrderMode[draft.mode],
    dayFrom: draft.dayFrom,
    dayTo: draft.dayTo,
    notBefore,
    expires,
    maxGrants: kind === OrderKind.preservation ? 0 : draft.maxGrants,
    notifyBy: noticeDateOf(draft, notBefore, expires, BigInt(limits.noticeMaxS)),
    reviewBy: kind === OrderKind.emergency ? notBefore + BigInt(limits.emergencyReviewS) : 0n,
    required: requiredOf(kind, draft.subjects, limits),
  };
  return checkOrder(order, { networkId, limits, now, revoked: false, reviewed: false });
}

/** The end of the day that was named; otherwise late enough to read, and within the kind's longest life. */
function expiryOf({ mode, dayTo, expiresDay }: Draft, notBefore: bigint, lifetimeMax: bigint): bigint {
  if (expiresDay !== null) return (BigInt(expiresDay) + 1n) * DAY_S;
  const from = mode === 'live' ? (BigInt(dayTo) + 1n) * DAY_S : notBefore;
  const wanted = from + READING_DAYS * DAY_S;
  const latest = notBefore + lifetimeMax;
  return wanted < latest ? wanted : latest;
}

/** The first second of the day that was named, but not before the order; otherwise after its end, within the longest delay. */
function noticeDateOf({ notifyDay }: Draft, notBefore: bigint, expires: bigint, delayMax: bigint): bigint {
  const wanted = notifyDay === null ? expires + NOTICE_AFTER_DAYS * DAY_S : BigInt(notifyDay) * DAY_S;
  if (wanted < notBefore) return notifyDay !== null && wanted + DAY_S > notBefore ? notBefore : wanted;
  const latest = notBefore + delayMax;
  return notifyDay === null && wanted > latest ? latest : wanted;
}

/** What the rules of all breadths up to the order's ask for, taken together (PROTOCOL 10.2, rule 9). */
function requiredOf(kind: OrderKind, subjects: readonly Subject[], limits: Limits): RoleRequirement[] {
  const breadth = breadthOf(subjects, limits.maxSubjects);
  const byRole = new Map<number, number>();
  for (const rule of limits.rules.filter((candidate) => candidate.kind === kind && candidate.breadth <= breadth))
    for (const { role, m } of rule.required) byRole.set(role, Math.max(m, byRole.get(role) ?? 0));
  return [...byRole].map(([role, m]) => ({ role, m })).sort((a, b) => a.role - b.role);
}

/** Which orders are due, and what is still owed about each: the opening of its summary, and a notice to each person (PROTOCOL 11.2, 12). */
import { decode, toHex } from '@countersign/bytes';
import {
  type AccountId,
  acceptedOrNull,
  decodeOrder,
  EntryType,
  grantCodec,
  grantId,
  type Hash,
  isReviewDue,
  type LoggedEntry,
  type LogView,
  type Order,
  openBody,
  openingCodec,
  orderHash,
  readDossier,
  releaseRequestCodec,
  type Subject,
  SubjectType,
  summaryEntry,
  verifySecret,
} from '@countersign/custody';

export interface DueOrder {
  readonly order: Order;
  readonly orderHash: Hash;
  /** When it fell due, unix seconds. */
  readonly due: bigint;
  /** The notice date that entries about it carry. */
  readonly notifyBy: bigint;
  /** Null when it is open already. */
  readonly closedSummary: LoggedEntry | null;
  readonly accounts: readonly AccountId[];
  /** Grants that custodians were asked to release under it. */
  readonly grants: number;
  /** Of these, grants whose sender we cannot tell, since their opening did not come. */
  readonly unknownGrants: number;
}

/** Every order whose date has come; one that we cannot open stays on the public list of what is overdue. */
export function dueOrders(view: LogView, grants: GrantSenders, now: number): DueOrder[] {
  return view.orders().flatMap((logged) => {
    const order = acceptedOrNull(() => decodeOrder(openBody(view, logged)));
    const date = order === null ? null : dueDate(view, logged, order, now);
    return order === null || date === null || date.due > now ? [] : [describeDue(view, grants, logged, order, date)];
  });
}

interface DueDate {
  readonly due: bigint;
  readonly notifyBy: bigint;
}

/** PROTOCOL 10.4: an emergency order that lapsed unconfirmed is due at review_by. Null while an extension may hold that we cannot judge. */
function dueDate(view: LogView, logged: LoggedEntry, order: Order, now: number): DueDate | null {
  const dossier = acceptedOrNull(() => readDossier(view, logged.entry.handle));
  if (dossier !== null) {
    const { notifyBy, reviewed } = dossier;
    const isLapsed = isReviewDue(order, now) && !reviewed && order.reviewBy < notifyBy;
    return { due: isLapsed ? order.reviewBy : notifyBy, notifyBy };
  }
  const isExtended = view.entriesWith(logged.entry.handle).some(({ entry }) => entry.type === EntryType.extension);
  return isExtended ? null : { due: order.notifyBy, notifyBy: order.notifyBy };
}

function describeDue(view: LogView, senders: GrantSenders, logged: LoggedEntry, order: Order, date: DueDate): DueOrder {
  const entries = view.entriesWith(logged.entry.handle);
  const asked = askedGrants(view, entries);
  const sending = asked.map((id) => senders.of(id));
  const accounts = new Map<string, AccountId>();
  for (const account of [...namedAccounts(view, order), ...sending]) if (account !== null) accounts.set(toHex(account), account);
  const summary = summaryEntry(entries, logged);
  return {
    order,
    orderHash: orderHash(order),
    ...date,
    closedSummary: summary === null || isOpen(summary, entries) ? null : summary,
    accounts: [...accounts.values()],
    grants: asked.length,
    unknownGrants: sending.filter((account) => account === null).length,
  };
}

/** The accounts named as account or participant subjects, and those of device subjects. */
function namedAccounts(view: LogView, order: Order): (AccountId | null)[] {
  return order.subjects.map((subject) => accountOf(view, subject));
}

function accountOf(view: LogView, subject: Subject): AccountId | null {
  switch (subject.type) {
    case SubjectType.account:
    case SubjectType.participantOfGroups:
      return subject.accountId;
    case SubjectType.device:
      return view.devices(subject.deviceId)?.accountId ?? null;
    case SubjectType.group:
    case SubjectType.network:
      return null;
  }
}

/** Each once. */
function askedGrants(view: LogView, entries: readonly LoggedEntry[]): Hash[] {
  const grants = new Map<string, Hash>();
  for (const item of entries) {
    if (item.entry.type !== EntryType.releaseRequest) continue;
    const request = acceptedOrNull(() => decode(releaseRequestCodec, openBody(view, item)));
    for (const id of request?.grantIds ?? []) grants.set(toHex(id), id);
  }
  return [...grants.values()];
}

function isOpen(summary: LoggedEntry, entries: readonly LoggedEntry[]): boolean {
  return entries.some(({ entry }) => {
    if (entry.type !== EntryType.opening || entry.form !== 0) return false;
    const { payload } = entry;
    const opening = acceptedOrNull(() => decode(openingCodec, payload));
    if (opening === null || opening.index !== summary.index) return false;
    return acceptedOrNull(() => verifySecret(summary.entry, opening)) !== null;
  });
}

/** Who sent under a grant, by the openings of type 11 entries that gateways hand to role 3 with their requests. */
export class GrantSenders {
  readonly #view: LogView & { indicesOf(type: EntryType, from?: bigint): readonly number[] };
  readonly #accounts = new Map<string, AccountId>();

  constructor(view: LogView & { indicesOf(type: EntryType, from?: bigint): readonly number[] }) {
    this.#view = view;
  }

  /** Takes in the openings that came since the last time. */
  refresh(): void {
    for (const at of this.#view.indicesOf(EntryType.grant)) {
      const secret = this.#view.secretOf(BigInt(at));
      const entry = secret === null ? null : this.#view.entryAt(BigInt(at));
      if (secret === null || entry === null) continue;
      const grant = acceptedOrNull(() => decode(grantCodec, verifySecret(entry, secret)));
      const account = grant === null ? null : (this.#view.devices(grant.head.scope.deviceId)?.accountId ?? null);
      if (grant !== null && account !== null) this.#accounts.set(toHex(grantId(grant)), account);
    }
  }

  of(id: Hash): AccountId | null {
    return this.#accounts.get(toHex(id)) ?? null;
  }
}

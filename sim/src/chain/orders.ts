/** The order's side: drafting, logging with its summary, approving, revoking, and asking for releases (PROTOCOL 10, 11.3). */
import { compare, encode, fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  authorisationCodec,
  createAuthorisation,
  createReleaseRequest,
  createRevocation,
  Decision,
  dayOf,
  deriveSummary,
  EntryType,
  type Hash,
  type Order,
  OrderKind,
  OrderMode,
  objectHash,
  orderCodec,
  orderHash,
  orderSummaryCodec,
  type ReleasePackage,
  type ReleaseRequest,
  releaseRequestCodec,
  revocationCodec,
  rosterCodec,
  SubjectType,
} from '@countersign/custody';
import type { Committed, Log, NewEntry } from './log.ts';
import type { LoggedGrant, Relay } from './relay.ts';
import type { Officer, World } from './world.ts';

const DAY_S = 86_400;
const PURPOSE = 8;
/** Released grants, and requests that custodians refuse: both count (PROTOCOL 11.3, step 7). */
const SPARE_GRANTS = 16;

/** A retrospective warrant on groups, for today: custodians act on it once the day is over. */
export function draftOrder(world: World, groupIds: readonly Uint8Array[], grants: number): Order {
  const { clock, random, networkId, gateway } = world;
  const today = dayOf(clock.now);
  return {
    networkId,
    orderId: random(16),
    kind: OrderKind.warrant,
    legalBasisHash: crypto.sha256(fromUtf8('Decision 2 Gs 114 of the district court')),
    legalReference: fromUtf8('Code of Procedure, s. 100a'),
    subjects: [...groupIds].sort(compare).map((groupId) => ({ type: SubjectType.group, groupId })),
    excludedTerritories: [],
    excludedAccounts: [],
    dataClasses: 3,
    readers: [{ agencyId: gateway.agency, readerHpkeKey: gateway.hpke.publicKey, purposes: [PURPOSE], excludedTerritories: [] }],
    mode: OrderMode.retrospective,
    dayFrom: today,
    dayTo: today,
    notBefore: BigInt(clock.now),
    expires: BigInt(clock.now + 14 * DAY_S),
    maxGrants: grants + SPARE_GRANTS,
    notifyBy: BigInt(clock.now + 90 * DAY_S),
    reviewBy: 0n,
    required: [{ role: 1, m: 2 }],
  };
}

/** Everything that was logged about one order, with the openings: what the agency's gateway is handed. */
export class OrderFile {
  readonly order: Order;
  readonly hash: Hash;
  readonly committed: Committed[] = [];
  readonly #world: World;
  readonly #log: Log;

  constructor(order: Order, world: World, log: Log) {
    this.order = order;
    this.hash = orderHash(order);
    this.#world = world;
    this.#log = log;
  }

  /** The order, and beside it its summary, which becomes public at notify_by. */
  async issue(judge: Officer): Promise<void> {
    await this.#commit(EntryType.order, judge, encode(orderCodec, this.order));
    await this.#commit(EntryType.statement, judge, objectHash(orderSummaryCodec, deriveSummary(this.order)));
  }

  async approve(judge: Officer): Promise<void> {
    const time = BigInt(this.#world.clock.now);
    const decided = { orderHash: this.hash, officerId: judge.id, role: 1, decision: Decision.approve, time };
    await this.#commit(EntryType.authorisation, judge, encode(authorisationCodec, createAuthorisation(decided, judge.seed)));
  }

  /** Public at once: nothing may hide it. */
  async revoke(officer: Officer, role: number): Promise<void> {
    const time = BigInt(this.#world.clock.now);
    const body = { orderHash: this.hash, officerId: officer.id, role, reason: 1, time };
    const payload = encode(revocationCodec, createRevocation(body, officer.seed));
    const entry = { type: EntryType.orderRevoked, actor: officer, handle: this.order.orderId };
    await this.#log.publish(entry, payload);
  }

  /** A request for the grants, signed by the detective; `requestId` is fresh unless given. */
  async request(grantIds: readonly Hash[], requestId = this.#world.random(16)): Promise<Committed> {
    return this.#commit(EntryType.releaseRequest, this.#world.detective, this.#encodeRequest(grantIds, requestId));
  }

  /** The same under an order that was never logged, in a log that asks nothing. */
  async requestUnjudged(grantIds: readonly Hash[]): Promise<Committed> {
    const { detective, random } = this.#world;
    const entry = this.#entry(EntryType.releaseRequest, detective);
    return this.#log.commitUnjudged(entry, this.#encodeRequest(grantIds, random(16)));
  }

  #encodeRequest(grantIds: readonly Hash[], requestId: Uint8Array): Uint8Array {
    const { detective, clock } = this.#world;
    const body: Omit<ReleaseRequest, 'sig'> = {
      requestId,
      orderHash: this.hash,
      agencyId: detective.organisation,
      purpose: PURPOSE,
      officerId: detective.id,
      grantIds: [...grantIds],
      time: BigInt(clock.now),
    };
    return encode(releaseRequestCodec, createReleaseRequest(body, detective.seed));
  }

  async #commit(type: EntryType, actor: Officer, body: Uint8Array): Promise<Committed> {
    const committed = await this.#log.commit(this.#entry(type, actor), body);
    this.committed.push(committed);
    return committed;
  }

  #entry(type: EntryType, actor: Officer): NewEntry {
    return { type, actor, handle: this.order.orderId, noticeBy: this.order.notifyBy };
  }
}

/** What a custodian is shown: a checkpoint of now unless another is given, the request, and grants and rosters opened. */
export function present(
  request: Committed,
  grants: readonly Pick<LoggedGrant, 'index' | 'secret' | 'scope'>[],
  relay: Relay,
  checkpoint: Uint8Array,
): ReleasePackage {
  const rosters = new Map(grants.map(({ scope }) => relay.rosterOf(scope)).map((logged) => [logged.index, logged]));
  return {
    checkpoint,
    requestIndex: request.index,
    grants: grants.map(({ index, secret }) => ({ index, secret })),
    rosters: [...rosters.values()].map(({ index, secret, roster }) => ({ index, secret, roster: encode(rosterCodec, roster) })),
  };
}

/** The log-before-release gate: what a custodian checks before it touches its share (PROTOCOL 11.3, steps 1 to 7). */
import { decode, ensure, equal, toHex, toUtf8 } from '@countersign/bytes';
import { type CheckpointPolicy, verifyCheckpoint } from '@countersign/tlog';
import { objectHash } from './entry-body.ts';
import {
  type GrantCase,
  openGrant,
  type PresentedGrant,
  type PresentedRoster,
  type ShareGenOf,
  verifyGrantCase,
} from './gate-grant.ts';
import { grantCodec, grantId, type VerifiedGrant } from './grant.ts';
import type { Hash } from './ids.ts';
import { EntryType } from './log-entry.ts';
import type { LogView } from './log-view.ts';
import { OfficerKeyAlg, signingKeyOf } from './officer-cert.ts';
import { hasRoleAt } from './officer-register.ts';
import { hasExcludedTerritories, type Order, OrderKind, type ReadingGrant } from './order.ts';
import { type EarlierRequest, verifyMaxGrants, verifyOrderCase } from './order-case.ts';
import { lapsedOrders, type OrderDossier, readDossier } from './order-dossier.ts';
import type { NetworkProfile } from './profile.ts';
import { refusalOf } from './refusal.ts';
import {
  type ReleaseRequest,
  releaseRequestCodec,
  verifyRequester,
  verifyRequestSignature,
  verifyRequestTime,
} from './release-request.ts';
import { Role } from './role.ts';
import { verifySecret } from './secret-payload.ts';

/**
 * What the requester sends. Order, authorisations, request and summary are not in it: a custodian holds their openings since they
 * were logged and takes them from its own copy, so that none can be left out.
 */
export interface ReleasePackage {
  readonly checkpoint: Uint8Array;
  /** Of the type 14 entry. */
  readonly requestIndex: bigint;
  readonly grants: readonly PresentedGrant[];
  readonly rosters: readonly PresentedRoster[];
}

/** The custodian itself. */
export interface GateKeeper {
  readonly shareGenOf: ShareGenOf;
  /** H("AC1 object", ReleaseRequest) of the request that it answered under this id, or null. */
  readonly answered: (requestId: Uint8Array) => Hash | null;
  /** Unix seconds. */
  readonly now: number;
}

/** What the custodian now may, and must, release. */
export interface ReleasePlan {
  readonly order: Order;
  readonly orderHash: Hash;
  readonly request: ReleaseRequest;
  readonly requestIndex: bigint;
  /** The agency's row in the order: its HPKE key is what releases are sealed to. */
  readonly reader: ReadingGrant;
  /** In the order of the request. */
  readonly grants: readonly VerifiedGrant[];
  /** The notice date that the type 15 entry carries. */
  readonly notifyBy: bigint;
  /** Answered before: the stored releases are given again, and none is made. */
  readonly isRepeat: boolean;
}

/** The plan, or the code of the first step that fails. Nothing secret has been used when it returns. */
export function verifyGate(presented: ReleasePackage, view: LogView, keeper: GateKeeper): ReleasePlan {
  const steps = gateSteps(presented, view, keeper);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * The same with a pause after each grant, for a custodian that has other callers too. Should the view have grown in a pause, the order is
 * judged again before the plan is given: a revocation that came in between stops it.
 */
export function* gateSteps(presented: ReleasePackage, view: LogView, keeper: GateKeeper): Generator<void, ReleasePlan> {
  const opened = openGate(presented, view, keeper); // 1 to 5, and the reader of 6
  const { order, orderHash, request, reader, notifyBy, isRepeat } = opened;
  const found = { view, order, request, rosters: presented.rosters, shareGenOf: keeper.shareGenOf, now: keeper.now };
  const grants = yield* verifyGrants(presented.grants, opened.checkpointSize, found); // 6
  const { dossier } = view.size === opened.viewSize ? opened : openGate(presented, view, keeper);
  verifyMaxGrants(order, request.grantIds, earlierRequests(dossier, presented.requestIndex, view)); // 7
  return { order, orderHash, request, requestIndex: presented.requestIndex, reader, grants, notifyBy, isRepeat };
}

/** Everything but the grants. */
function openGate(presented: ReleasePackage, view: LogView, keeper: GateKeeper) {
  const { profile } = view;
  const viewSize = view.size;
  const checkpointSize = verifyOwnCopy(presented.checkpoint, view, keeper.now); // 1
  const { request, dossier } = openRequest(presented.requestIndex, checkpointSize, view); // 2, 3
  const { order, orderHash, notifyBy } = dossier;
  ensureTerritoriesKnown(order, view);
  const lapsed = order.kind === OrderKind.emergency ? lapsedOrders(view, keeper.now) : [];
  const { networkId, limits, skewS } = profile;
  const judge = { networkId, limits, skewS, annex: view.annex, officers: view.officers, now: keeper.now };
  verifyOrderCase({ ...dossier, lapsed }, judge); // 4
  verifyRequester(request, order, orderHash, view.officers, keeper.now); // 5
  const isRepeat = verifyUnanswered(request, keeper);
  if (!isRepeat) verifyRequestTime(request, keeper.now, skewS, profile.checkpointMaxAgeS);
  const reader = verifyReaderKey(order, request, view, keeper.now); // 6
  return { viewSize, checkpointSize, request, dossier, order, orderHash, notifyBy, isRepeat, reader };
}

/** Step 1: a fresh, witnessed checkpoint that the custodian's own copy reaches and agrees with. Returns its size. */
function verifyOwnCopy(bytes: Uint8Array, view: LogView, now: number): number {
  const checkpoint = verifyCheckpoint(bytes, checkpointPolicy(view.profile), now);
  ensure(checkpoint.size <= view.size, 'log.stale');
  ensure(equal(view.rootAt(checkpoint.size), checkpoint.root), 'log.inconsistent');
  return checkpoint.size;
}

/** Whom a verifier of checkpoints believes, by the profile. */
export function checkpointPolicy(profile: NetworkProfile): CheckpointPolicy {
  return {
    origin: textOf(profile.logOrigin),
    logPublicKey: profile.logKey,
    witnesses: profile.witnesses.map(({ name, key }) => ({ name: textOf(name), publicKey: key })),
    witnessW: profile.witnessW,
    checkpointMaxAgeS: profile.checkpointMaxAgeS,
  };
}

function textOf(bytes: Uint8Array): string {
  const text = toUtf8(bytes);
  ensure(text !== null, 'profile.invalid');
  return text;
}

/** Steps 2 and 3: the request under the checkpoint, and its order with everything that was logged about it. */
function openRequest(index: bigint, size: number, view: LogView): { request: ReleaseRequest; dossier: OrderDossier } {
  const entry = view.entryAt(index);
  ensure(entry !== null && index < BigInt(size), 'log.not_included');
  ensure(entry.type === EntryType.releaseRequest, 'log.type_mismatch');
  const dossier = readDossier(view, entry.handle);
  const secret = view.secretOf(index);
  ensure(secret !== null, 'log.opening_missing', { index });
  return { request: decode(releaseRequestCodec, verifySecret(entry, secret)), dossier };
}

/** A territory that nobody can read might be an excluded one (PROTOCOL 11.2). */
function ensureTerritoriesKnown(order: Order, view: LogView): void {
  if (!hasExcludedTerritories(order)) return;
  const unopened = view.firstUnopenedTerritory();
  ensure(unopened === null, 'log.opening_missing', { index: unopened?.index ?? 0n });
}

/** One answer for one request_id: the same request gets the same releases, another one nothing. */
function verifyUnanswered(request: ReleaseRequest, keeper: GateKeeper): boolean {
  const answered = keeper.answered(request.requestId);
  ensure(answered === null || equal(answered, objectHash(releaseRequestCodec, request)), 'request.replayed');
  return answered !== null;
}

/** The order's key for the agency is one that the registrars certified for it: whoever drafts an order could put in his own. */
function verifyReaderKey(order: Order, request: ReleaseRequest, view: LogView, now: number): ReadingGrant {
  const reader = order.readers.find(({ agencyId }) => equal(agencyId, request.agencyId));
  ensure(reader !== undefined, 'order.agency_not_named');
  const isCertified = view.readersOf(reader.agencyId).some((officer) => {
    const isCurrent = hasRoleAt(officer, Role.readerGateway, now);
    const isRevoked = officer.revokedFrom !== null && officer.revokedFrom <= now;
    const { key } = officer;
    return isCurrent && !isRevoked && key.alg === OfficerKeyAlg.reader && equal(key.key.hpkeKey, reader.readerHpkeKey);
  });
  ensure(isCertified, 'order.readers_invalid');
  return reader;
}

/** Every grant that the request names, each once, logged under the checkpoint. */
function* verifyGrants(presented: readonly PresentedGrant[], size: number, found: GrantCase): Generator<void, VerifiedGrant[]> {
  const byId = new Map<string, Uint8Array>();
  for (const item of presented) {
    ensure(item.index < BigInt(size), 'grant.not_logged', { index: item.index });
    const bytes = openGrant(found.view, item);
    byId.set(toHex(grantId(decode(grantCodec, bytes))), bytes);
  }
  const wanted = new Map(found.request.grantIds.map((id) => [toHex(id), id]));
  const verified: VerifiedGrant[] = [];
  for (const id of wanted.keys()) {
    const bytes = byId.get(id);
    ensure(bytes !== undefined, 'grant.not_logged');
    verified.push(verifyGrantCase(bytes, found));
    yield;
  }
  return verified;
}

/** What the order's earlier entries asked for: only requests that an officer or reader really signed are his. */
function earlierRequests(dossier: OrderDossier, before: bigint, view: LogView): EarlierRequest[] {
  const earlier: EarlierRequest[] = [];
  for (const { index, request } of dossier.requests) {
    if (index >= before || request === null) continue;
    const officer = view.officers(request.officerId);
    const key = officer === null ? null : signingKeyOf(officer.key);
    if (officer === null || key === null || refusalOf(() => verifyRequestSignature(request, key)) !== null) continue;
    earlier.push({ organisationId: officer.organisationId, grantIds: request.grantIds });
  }
  return earlier;
}

/** The keys of an evidence file: each was asked for under the order in force, released by enough custodians, and comes out again (PROTOCOL 8, 14). */
import { decode, encode, ensure, equal, toHex } from '@countersign/bytes';
import {
  type CustodyKey,
  EntryType,
  type EvidenceGrant,
  type EvidenceManifest,
  grantCodec,
  hasRoleAt,
  keyId,
  type LogEntry,
  lapsedOrders,
  type OrderDossier,
  OrderKind,
  type PresentedRoster,
  type ReleaseRequest,
  readDossier,
  releaseCodec,
  releaseHash,
  releaseRequestCodec,
  releasesBodyCodec,
  rosterHandle,
  scopeCodec,
  type VerifiedGrant,
  verifyGrantCase,
  verifyOrderCase,
  verifyRelease,
  verifyRequester,
} from '@countersign/custody';
import { combine, releaseShareCodec, verifyDleq } from '@countersign/threshold';
import type { ExhibitLog } from './exhibit-log.ts';
import type { EvidenceParts, EvidenceRelease } from './parts.ts';

/** A grant with the key that its releases give. */
export interface ProvenGrant extends VerifiedGrant {
  readonly K: Uint8Array;
  /** Log indices of the requests and releases that gave it. */
  readonly usedEntries: readonly bigint[];
}

/** A grant that a request in force asked for, with the custody key of that time. */
export interface AskedGrant {
  readonly grant: VerifiedGrant;
  readonly request: FoundRequest;
  readonly custodyKey: CustodyKey;
}

/** A request of the manifest's order and agency, at its place in the log. */
export interface FoundRequest {
  readonly index: bigint;
  readonly request: ReleaseRequest;
}

/** `log` as it was when the request was logged: the order was in force and the requester entitled to it (PROTOCOL 10.2, 11.3 steps 2 to 5). */
export function verifyRequestInForce(log: ExhibitLog, index: bigint, manifest: EvidenceManifest): FoundRequest {
  const request = decode(releaseRequestCodec, log.bodyOf(index, EntryType.releaseRequest));
  const dossier = readDossier(log, (log.entryAt(index) as LogEntry).handle);
  const isOfManifest = equal(request.orderHash, manifest.orderHash) && equal(request.agencyId, manifest.agencyId);
  ensure(isOfManifest && equal(dossier.orderHash, manifest.orderHash), 'evidence.invalid', { index });
  const now = Number(request.time);
  const { networkId, limits, skewS } = log.profile;
  const lapsed = dossier.order.kind === OrderKind.emergency ? lapsedOrders(log, now) : [];
  const judge = { networkId, limits, skewS, annex: log.annex, officers: log.officers, now };
  verifyOrderCase({ ...dossier, lapsed }, judge);
  verifyRequester(request, dossier.order, dossier.orderHash, log.officers, now);
  verifyReader(log, dossier, request);
  return { index, request };
}

/** The key that releases were sealed to was that of a reader certified for the agency (PROTOCOL 11.3 step 6). */
function verifyReader(log: ExhibitLog, { order }: OrderDossier, request: ReleaseRequest): void {
  const row = order.readers.find(({ agencyId }) => equal(agencyId, request.agencyId));
  ensure(row !== undefined, 'order.agency_not_named');
  const isCertified = log
    .readersOf(row.agencyId)
    .some(
      (officer) =>
        officer.key.alg === 3 && hasRoleAt(officer, 7, request.time) && equal(officer.key.key.hpkeKey, row.readerHpkeKey),
    );
  ensure(isCertified, 'order.readers_invalid');
}

/** The grant by the log as it was at the request: VerifyGrant, Covers, MayRead, day over (PROTOCOL 7, 10.3, 11.3 step 6). */
export function verifyGrantAtRequest(
  log: ExhibitLog,
  found: FoundRequest,
  listed: EvidenceGrant,
  parts: EvidenceParts,
): AskedGrant {
  const { request } = found;
  const { order } = readDossier(log, (log.entryAt(found.index) as LogEntry).handle);
  const rosters = parts.rosters.flatMap(({ index, roster }): PresentedRoster[] => {
    const secret = log.secretOf(index);
    return secret === null ? [] : [{ index, secret, roster }];
  });
  const shareGenOf = (id: Uint8Array) => log.custodyKey(id)?.shareGen ?? null;
  const bytes = log.bodyOf(listed.logIndex, EntryType.grant);
  const { scope } = decode(grantCodec, bytes).head;
  const slot = log.entriesWith(rosterHandle(scope)).find(({ entry }) => entry.type === EntryType.roster);
  const isShown = slot !== undefined && rosters.some(({ index }) => index === slot.index);
  ensure(isShown, 'evidence.incomplete', { index: listed.logIndex });
  const grant = verifyGrantCase(bytes, { view: log, order, request, rosters, shareGenOf, now: Number(request.time) });
  ensure(equal(grant.grantId, listed.grantId), 'evidence.invalid');
  ensure(equal(grant.grant.head.kCommit, listed.kCommit), 'evidence.invalid');
  const custodyKey = log.custodyKey(scope.custodyKeyId);
  ensure(custodyKey !== null, 'evidence.incomplete');
  return { grant, request: found, custodyKey };
}

/**
 * K of the listed custodians' releases, each signed, logged by its custodian, made for a request that `asked` holds, and proven to come
 * from the custodian's share. `asked` is not empty.
 */
export function verifyReleases(
  asked: readonly AskedGrant[],
  listed: EvidenceGrant,
  releases: readonly EvidenceRelease[],
  logged: ReadonlyMap<string, bigint>,
): ProvenGrant {
  const [{ grant, custodyKey, request }] = asked as [AskedGrant];
  const { t, n, Y, shareGen, custodians } = custodyKey;
  const sigKeys = custodians.map(({ sigKey }) => sigKey);
  const { orderHash, agencyId } = request.request;
  const expected = { orderHash, grantId: grant.grantId, agencyId, shareGen };
  const { enc, kCommit } = grant.grant.head;
  const usedEntries: bigint[] = [];
  ensure(releases.length <= listed.indices.length, 'evidence.invalid');
  const parts = listed.indices.map((index) => {
    const part = releases.find((item) => decode(releaseCodec, item.release).context.index === index);
    ensure(part !== undefined, 'evidence.incomplete', { custodian: index });
    const release = verifyRelease(decode(releaseCodec, part.release), sigKeys, expected);
    const isAsked = asked.some((item) => item.request.index === release.requestIndex);
    ensure(isAsked, 'release.context_mismatch', { custodian: index });
    const { sigKey, Yi } = custodians[index - 1] as (typeof custodians)[number];
    const entry = logged.get(releaseName(keyId(sigKey), releaseHash(release)));
    ensure(entry !== undefined, 'evidence.incomplete', { custodian: index });
    usedEntries.push(release.requestIndex, entry);
    const share = decode(releaseShareCodec, part.share);
    verifyDleq({ context: { ...expected, index }, Yi, enc }, share);
    return { index, D: share.D };
  });
  const K = combine({ t, n, scope: encode(scopeCodec, grant.scope), enc, kCommit, Y }, parts);
  return { ...grant, K, usedEntries };
}

/** By custodian and SHA-256(Release): the type 15 entry of the order that lists it. */
export function loggedReleases(log: ExhibitLog, handle: Uint8Array): ReadonlyMap<string, bigint> {
  const logged = new Map<string, bigint>();
  for (const { index, entry } of log.entriesWith(handle)) {
    if (entry.type !== EntryType.release || log.secretOf(index) === null) continue;
    const hashes = decode(releasesBodyCodec, log.bodyOf(index, EntryType.release));
    for (const hash of hashes) logged.set(releaseName(entry.actorKeyId, hash), index);
  }
  return logged;
}

function releaseName(custodianKeyId: Uint8Array, hash: Uint8Array): string {
  return `${toHex(custodianKeyId)} ${toHex(hash)}`;
}

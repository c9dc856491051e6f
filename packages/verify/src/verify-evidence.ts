/** verifyEvidence: repeats offline everything that led from a court's order to the messages in an evidence file (PROTOCOL 14). */
import { decode, ensure, equal, isZero, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  EntryType,
  type EvidenceManifest,
  evidenceManifestCodec,
  NO_PREVIOUS_ENTRY,
  type Order,
  objectHash,
  readDossier,
  releaseCodec,
  type SigKey,
  verifyChains,
  verifyEvidenceManifest,
} from '@countersign/custody';
import { parseContainer } from './container.ts';
import { ExhibitLog } from './exhibit-log.ts';
import { orderEntries, verifyProofs } from './exhibits.ts';
import { readParts, verifySums } from './layout.ts';
import type { EvidenceEntry, EvidenceParts, EvidenceRelease } from './parts.ts';
import {
  type AskedGrant,
  loggedReleases,
  type ProvenGrant,
  verifyGrantAtRequest,
  verifyReleases,
  verifyRequestInForce,
} from './verify-grants.ts';
import {
  type EvidenceGap,
  type EvidenceMessage,
  linksByGrant,
  verifyGrantMessages,
  type WithheldMessage,
} from './verify-messages.ts';
import { readerKey, verifyReads } from './verify-reads.ts';

export interface VerifiedEvidence {
  readonly valid: true;
  /** The network root that everything follows from, and whether the caller named it or only the file does. */
  readonly rootKey: SigKey;
  readonly isRootTrusted: boolean;
  readonly manifest: EvidenceManifest;
  readonly order: Order;
  readonly messages: readonly EvidenceMessage[];
  readonly withheld: readonly WithheldMessage[];
  /** Messages of a grant that the file leaves out without saying what they are. */
  readonly gaps: readonly EvidenceGap[];
}

export interface EvidenceTrust {
  /** The network root's key, from the network's own publication. Without it the result only says what follows from the file's own. */
  readonly rootKey?: SigKey;
}

/**
 * Throws `evidence.incomplete` for what is missing, `evidence.invalid` for what differs, and the precise code of the check that failed
 * where PROTOCOL has one.
 */
export function verifyEvidence(bytes: Uint8Array, trust: EvidenceTrust = {}): VerifiedEvidence {
  const members = parseContainer(bytes);
  verifySums(members);
  const parts = readParts(members);
  ensure(trust.rootKey === undefined || equal(trust.rootKey, parts.rootKey), 'evidence.invalid');
  const manifest = decode(evidenceManifestCodec, parts.manifest);
  const entries = orderEntries(parts.entries);
  verifyProofs(entries);
  const { log, asked } = replay(entries, parts, manifest);
  const { order, handle, used } = verifyManifest(log, manifest);
  const grants = verifyKeys(log, handle, manifest, asked, parts);
  const readEvents = verifyReads(log, handle, manifest);
  const usedEntries = [...used, ...readEvents, ...grants.flatMap((grant) => grant.usedEntries)];
  verifyListedProofs(manifest, entries, usedEntries);
  const messages = verifyMessages(log, order, manifest, grants, parts);
  return { valid: true, rootKey: parts.rootKey, isRootTrusted: trust.rootKey !== undefined, manifest, order, ...messages };
}

type Asked = ReadonlyMap<string, readonly AskedGrant[]>;

/** Reads the entries in order; each request that a release answers is judged, with its grants, by what the log said at that place. */
function replay(
  entries: readonly EvidenceEntry[],
  parts: EvidenceParts,
  manifest: EvidenceManifest,
): { log: ExhibitLog; asked: Asked } {
  const log = new ExhibitLog(parts.rootKey, parts.annex);
  const answered = new Set(parts.releases.map(({ release }) => decode(releaseCodec, release).requestIndex));
  const asked = new Map<string, AskedGrant[]>();
  for (const { index, entry, secret } of entries) {
    const { handle, prevIndex } = log.append(index, entry, secret);
    // Of an order nobody's entry may be left out before a later one of his (PROTOCOL 11.2).
    const isLinked = prevIndex === NO_PREVIOUS_ENTRY || isZero(handle) || log.entryAt(prevIndex) !== null;
    ensure(isLinked, 'evidence.incomplete', { index: prevIndex });
    if (!answered.has(index)) continue;
    const found = verifyRequestInForce(log, index, manifest);
    const wanted = new Set(found.request.grantIds.map(toHex));
    for (const listed of manifest.grants) {
      const id = toHex(listed.grantId);
      if (wanted.has(id)) asked.set(id, [...(asked.get(id) ?? []), verifyGrantAtRequest(log, found, listed, parts)]);
    }
  }
  return { log, asked };
}

/** The manifest is the agency's reader's, logged under the order, and no entry of the order is left out before the last one shown. */
function verifyManifest(log: ExhibitLog, manifest: EvidenceManifest): { order: Order; handle: Uint8Array; used: bigint[] } {
  const dossiers = log.orders().map(({ entry }) => readDossier(log, entry.handle));
  const dossier = dossiers.find(({ orderHash }) => equal(orderHash, manifest.orderHash));
  ensure(dossier !== undefined, 'evidence.incomplete');
  const { handle, order } = dossier;
  const entries = log.entriesWith(handle);
  verifyChains(entries);
  const hash = objectHash(evidenceManifestCodec, manifest);
  const statement = entries.find(({ index, entry }) => {
    if (entry.type !== EntryType.statement || log.secretOf(index) === null) return false;
    return equal(log.bodyOf(index, EntryType.statement), hash);
  });
  ensure(statement !== undefined, 'evidence.incomplete');
  const key = readerKey(log, manifest.agencyId, statement.entry.actorKeyId);
  ensure(key !== null, 'evidence.invalid');
  verifyEvidenceManifest(manifest, key);
  const types: readonly number[] = [EntryType.order, EntryType.authorisation];
  return { order, handle, used: entries.filter(({ entry }) => types.includes(entry.type)).map(({ index }) => index) };
}

/** K of every listed grant. */
function verifyKeys(
  log: ExhibitLog,
  handle: Uint8Array,
  manifest: EvidenceManifest,
  asked: Asked,
  { releases }: EvidenceParts,
): ProvenGrant[] {
  const logged = loggedReleases(log, handle);
  const byGrant = new Map<string, EvidenceRelease[]>();
  for (const item of releases) {
    const id = toHex(decode(releaseCodec, item.release).context.grantId);
    byGrant.set(id, [...(byGrant.get(id) ?? []), item]);
  }
  const listed = new Set(manifest.grants.map(({ grantId }) => toHex(grantId)));
  ensure(listed.size === manifest.grants.length && [...byGrant.keys()].every((id) => listed.has(id)), 'evidence.invalid');
  return manifest.grants.map((grant) => {
    const id = toHex(grant.grantId);
    const found = asked.get(id) ?? [];
    ensure(found.length > 0, 'evidence.incomplete');
    return verifyReleases(found, grant, byGrant.get(id) ?? [], logged);
  });
}

/** `proofs` names the proof file of every order, authorisation, request, release and read event that the evidence rests on. */
function verifyListedProofs(manifest: EvidenceManifest, entries: readonly EvidenceEntry[], used: readonly bigint[]): void {
  const present = new Map(entries.map(({ index, proof }) => [index, toHex(crypto.sha256(proof))]));
  const listed = new Set(manifest.proofs.map(toHex));
  const hashes = new Set(present.values());
  ensure(
    [...listed].every((hash) => hashes.has(hash)),
    'evidence.incomplete',
  );
  ensure(
    used.every((index) => listed.has(present.get(index) ?? '')),
    'evidence.incomplete',
  );
}

/** Every item of the manifest, each once, and everything else that the file has of these grants. */
function verifyMessages(
  log: ExhibitLog,
  order: Order,
  manifest: EvidenceManifest,
  grants: readonly ProvenGrant[],
  parts: EvidenceParts,
) {
  const items = new Map(manifest.items.map((item) => [toHex(item.msgId), item]));
  ensure(items.size === manifest.items.length, 'evidence.invalid');
  const context = { log, profile: log.profile, order, items, batches: parts.batches, seen: new Set<string>() };
  const links = linksByGrant(parts);
  const proven = grants.map((grant) => verifyGrantMessages(grant, links.get(toHex(grant.grantId)) ?? [], context));
  const ids = new Set(grants.map(({ grantId }) => toHex(grantId)));
  ensure(
    [...links.keys()].every((id) => ids.has(id)),
    'evidence.invalid',
  );
  const messages = proven.flatMap((part) => part.messages);
  ensure(messages.length === items.size, 'evidence.incomplete');
  return { messages, withheld: proven.flatMap((part) => part.withheld), gaps: proven.flatMap((part) => part.gaps) };
}

/** EvidenceManifest: a reader's signed list of what it hands to a court, each item bound to the log (PROTOCOL 14). */
import { ensure, fixed, type Infer, list, struct, uint8, uint64, version } from '@countersign/bytes';
import { agencyId, hash, msgId, officerId, type SigKey, sig } from './ids.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const evidenceGrantCodec = struct({
  grantId: hash,
  logIndex: uint64,
  kCommit: hash,
  /** Of the custodians whose releases are in the file. */
  indices: list(uint8, 2, 31),
});
export type EvidenceGrant = Infer<typeof evidenceGrantCodec>;

export const evidenceItemCodec = struct({
  msgId,
  envHash: hash,
  /** Log index of the type 13 entry whose batch holds the envelope. */
  stampIndex: uint64,
  /** SHA-256 of the content without its padding. */
  contentHash: hash,
});
export type EvidenceItem = Infer<typeof evidenceItemCodec>;

export const evidenceManifestCodec = struct({
  version,
  manifestId: fixed<'ManifestId'>(16),
  orderHash: hash,
  agencyId,
  officerId,
  grants: list(evidenceGrantCodec, 75, 65_535),
  items: list(evidenceItemCodec, 88, 2 ** 24 - 1),
  /** SHA-256 of the tlog-proof files of order, authorisations, request, releases and read events. */
  proofs: list(hash, 32, 65_535),
  time: uint64,
  sig,
});
export type EvidenceManifest = Infer<typeof evidenceManifestCodec>;

/** Signed by a reader of the agency. */
export function createEvidenceManifest(body: Omit<EvidenceManifest, 'sig'>, readerSeed: Uint8Array): EvidenceManifest {
  return createSigned(evidenceManifestCodec, 'AC1 evidence', body, readerSeed);
}

/** The manifest, proven to be signed by `readerKey`; else `evidence.invalid`. What it lists is for a verifier who holds the files. */
export function verifyEvidenceManifest(manifest: EvidenceManifest, readerKey: SigKey): EvidenceManifest {
  ensure(isSignedBy(evidenceManifestCodec, 'AC1 evidence', manifest, readerKey), 'evidence.invalid');
  return manifest;
}

/** Release: one custodian's share of one key, sealed to the agency's reader (PROTOCOL 8, 12). */
import { decode, encode, ensure, equal, fixed, type Infer, struct, uint64, version } from '@countersign/bytes';
import { crypto, labelled, type Random } from '@countersign/crypto';
import {
  createSealed,
  type DleqContext,
  dleqContextCodec,
  openSealed,
  type ReleaseShare,
  releaseShareCodec,
} from '@countersign/threshold';
import { type Hash, type Point65, point65, type SigKey, sig } from './ids.ts';
import { createSigned, isSignedBy } from './signed.ts';

const NO_AAD = new Uint8Array(0);
/** A ReleaseShare and the tag. */
const SEALED_BYTES = 113;

export const releaseCodec = struct({
  version,
  /** Log index of the type 14 entry that asked. */
  requestIndex: uint64,
  context: dleqContextCodec,
  hpkeEnc: point65,
  sealed: fixed(SEALED_BYTES),
  sig,
});
export type Release = Infer<typeof releaseCodec>;

export interface ReleaseTo {
  readonly requestIndex: bigint;
  readonly context: DleqContext;
  /** reader_hpke_key of context.agency_id in the order: a valid point. */
  readonly readerHpkeKey: Point65;
}

/** Sealed to the reader and signed with the custodian's key. */
export function createRelease(to: ReleaseTo, share: ReleaseShare, custodianSeed: Uint8Array, random: Random): Release {
  const { requestIndex, context, readerHpkeKey } = to;
  const plaintext = encode(releaseShareCodec, share);
  const { enc, sealed } = createSealed(readerHpkeKey, releaseInfo(context), NO_AAD, plaintext, random);
  return createSigned(releaseCodec, 'AC1 release sig', { requestIndex, context, hpkeEnc: enc, sealed }, custodianSeed);
}

/** SHA-256(Release): what the custodian's type 15 entry lists. */
export function releaseHash(release: Release): Hash {
  return crypto.sha256(encode(releaseCodec, release));
}

/** What the reader asked for. */
export type ExpectedRelease = Omit<DleqContext, 'index'>;

export interface OpenedRelease {
  readonly release: Release;
  readonly share: ReleaseShare;
}

/**
 * The share that the release of these bytes carries, checked in the reader's order: decode, the signature of the custodian that the
 * context names (`release.signature_invalid`, also where there is none), the context (`release.context_mismatch`), the seal
 * (`release.seal_invalid`). `custodianKeys` are the sig_keys of custodians 1..n. Whether the share is right is for DLEQ or Combine.
 */
export function openRelease(
  bytes: Uint8Array,
  custodianKeys: readonly SigKey[],
  expected: ExpectedRelease,
  readerSecretKey: Uint8Array,
): OpenedRelease {
  const release = verifyRelease(decode(releaseCodec, bytes), custodianKeys, expected);
  const { context, hpkeEnc, sealed } = release;
  const plaintext = openSealed(readerSecretKey, releaseInfo(context), NO_AAD, { enc: hpkeEnc, sealed });
  ensure(plaintext !== null, 'release.seal_invalid', { index: context.index });
  return { release, share: decode(releaseShareCodec, plaintext) };
}

/** The checks that need no key of the reader: an auditor makes them too. */
export function verifyRelease(release: Release, custodianKeys: readonly SigKey[], expected: ExpectedRelease): Release {
  const { index } = release.context;
  const key = custodianKeys[index - 1];
  const isSigned = key !== undefined && isSignedBy(releaseCodec, 'AC1 release sig', release, key);
  ensure(isSigned, 'release.signature_invalid', { index });
  const context = encode(dleqContextCodec, { ...expected, index });
  ensure(equal(context, encode(dleqContextCodec, release.context)), 'release.context_mismatch', { index });
  return release;
}

function releaseInfo(context: DleqContext): Uint8Array {
  return labelled('AC1 release', encode(dleqContextCodec, context));
}

/** Envelope: one message as custody holds it, chained to the one before and committed to its key (PROTOCOL 9). */
import { decode, fixed, type Infer, opaque, struct, uint32, uint64, version } from '@countersign/bytes';
import { crypto, labelledHash } from '@countersign/crypto';
import { type Hash, hash, msgId, sig } from './ids.ts';

const HEADER_BYTES = 94;

export const envelopeHeaderCodec = struct({
  version,
  msgId,
  grantId: hash,
  /** 1 for the first envelope of a grant, then one more each. */
  seq: uint32,
  /** env_hash of the envelope before, zeros for the first. */
  prev: hash,
  sentMs: uint64,
});
export type EnvelopeHeader = Infer<typeof envelopeHeaderCodec>;

export const envelopeCodec = struct({
  hdr: envelopeHeaderCodec,
  /** Commits to the content key. */
  kc: hash,
  /** The content key under K. */
  wrap: fixed<'Wrap'>(48),
  ct: opaque(272, 65_552),
  sig,
});
export type Envelope = Infer<typeof envelopeCodec>;

/** What a sender hands to the relay: custody's copy, and the MLS PrivateMessage that carries the content key to members. */
export const deliveryCodec = struct({ envelope: envelopeCodec, mlsMessage: opaque(1, 65_535) });
export type Delivery = Infer<typeof deliveryCodec>;

/** A decoded envelope with what every later step needs of it; nothing of it is proven yet. */
export interface ParsedEnvelope extends Envelope {
  /** The encoded header. */
  readonly hdrBytes: Uint8Array;
  readonly envHash: Hash;
}

/** Decodes and hashes; shares memory with `bytes`. */
export function parseEnvelope(bytes: Uint8Array): ParsedEnvelope {
  const { hdr, kc, wrap, ct, sig } = decode(envelopeCodec, bytes);
  const hdrBytes = bytes.subarray(0, HEADER_BYTES);
  const envHash = deriveEnvHash(hdrBytes, kc, crypto.sha256(ct), crypto.sha256(wrap));
  return { hdr, kc, wrap, ct, sig, hdrBytes, envHash };
}

/** env_hash, for which the two ciphertexts may be absent: their hashes suffice, so a withheld message still fills its place in the chain. */
export function deriveEnvHash(hdrBytes: Uint8Array, kc: Uint8Array, ctHash: Uint8Array, wrapHash: Uint8Array): Hash {
  return labelledHash('AC1 envelope', hdrBytes, kc, ctHash, wrapHash);
}

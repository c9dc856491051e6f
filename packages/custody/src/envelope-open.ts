/** Open: from an envelope to its content, as a recipient or as a reader, in the order of PROTOCOL 9. */
import { ensure, equal } from '@countersign/bytes';
import { type ParsedEnvelope, parseEnvelope } from './envelope.ts';
import { type ChainExpectations, type ChainState, verifyEnvelopeChain, verifyEnvelopeSignature } from './envelope-chain.ts';
import { deriveContentKey, headerHash, openPadded, openWrap } from './envelope-keys.ts';
import type { Hash, SigKey } from './ids.ts';
import { unpad } from './padding.ts';

const CEK_BYTES = 32;
const MLS_PAYLOAD_BYTES = 64;

export interface OpenExpectations extends ChainExpectations {
  readonly grantId: Hash;
  /** env_sig_key of the grant's device. */
  readonly envSigKey: SigKey;
  /** Of the grant. */
  readonly K: Uint8Array;
}

/** What MLS delivered beside the envelope, after its own verification. */
export interface MlsDelivery {
  readonly authenticatedData: Uint8Array;
  readonly payload: Uint8Array;
}

export interface OpenedEnvelope extends ParsedEnvelope {
  /** Unpadded; an encoded Content whose decoding is the last step, left to the caller. */
  readonly content: Uint8Array;
  /** The chain's state after this envelope. */
  readonly next: ChainState;
}

/** Open as the gateway of an agency does, with K alone; the first fault in the stated order wins. */
export function openEnvelopeAsReader(bytes: Uint8Array, expected: OpenExpectations): OpenedEnvelope {
  const envelope = parseEnvelope(bytes);
  ensure(equal(envelope.hdr.grantId, expected.grantId), 'envelope.grant_mismatch');
  return openParsed(envelope, expected, null);
}

/** Open as a member does: custody's copy must be the very message that MLS delivered. */
export function openEnvelopeAsRecipient(bytes: Uint8Array, expected: OpenExpectations, mls: MlsDelivery): OpenedEnvelope {
  const envelope = parseEnvelope(bytes);
  ensure(equal(envelope.hdr.grantId, expected.grantId), 'envelope.grant_mismatch');
  verifyMlsDelivery(mls, envelope.envHash);
  return openParsed(envelope, expected, mls.payload.subarray(0, CEK_BYTES));
}

function openParsed(envelope: ParsedEnvelope, expected: OpenExpectations, mlsCek: Uint8Array | null): OpenedEnvelope {
  verifyEnvelopeSignature(envelope, expected.envSigKey);
  const next = verifyEnvelopeChain(envelope, expected);
  return { ...envelope, content: openEnvelopeContent(envelope, expected.K, mlsCek), next };
}

/** Both places where MLS carries env_hash name this envelope. */
function verifyMlsDelivery({ authenticatedData, payload }: MlsDelivery, envHash: Hash): void {
  ensure(equal(authenticatedData, envHash), 'envelope.hash_mismatch');
  ensure(payload.length === MLS_PAYLOAD_BYTES, 'envelope.hash_mismatch');
  ensure(equal(payload.subarray(CEK_BYTES), envHash), 'envelope.hash_mismatch');
}

/**
 * The secret half of Open: the content of an envelope whose signature and place in the chain are checked, now or elsewhere.
 * `mlsCek` is the content key that MLS delivered; a reader has none.
 */
export function openEnvelopeContent(envelope: ParsedEnvelope, K: Uint8Array, mlsCek: Uint8Array | null): Uint8Array {
  const { hdrBytes } = envelope;
  const hh = headerHash(hdrBytes);
  const cek = openWrap(K, hh, hdrBytes, envelope.kc, envelope.wrap);
  ensure(cek !== null, 'envelope.wrap_invalid');
  if (mlsCek !== null) ensure(equal(cek, mlsCek), 'envelope.wrap_mismatch');
  const { contentKey, kc } = deriveContentKey(cek, hh);
  ensure(equal(kc, envelope.kc), 'envelope.kc_mismatch'); // or one ciphertext could hold two messages for two keys
  const padded = openPadded(contentKey, hdrBytes, envelope.ct);
  ensure(padded !== null, 'envelope.content_invalid');
  return unpad(padded);
}

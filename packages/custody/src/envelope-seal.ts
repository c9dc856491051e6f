/** Sealing an envelope: the sender's side of PROTOCOL 9. */
import { concat, encode } from '@countersign/bytes';
import { crypto, labelledSign, type Random } from '@countersign/crypto';
import { deriveEnvHash, type EnvelopeHeader, envelopeCodec, envelopeHeaderCodec } from './envelope.ts';
import type { ChainState } from './envelope-chain.ts';
import { deriveContentKey, headerHash, sealPadded, sealWrap } from './envelope-keys.ts';
import type { Hash, MsgId } from './ids.ts';
import { pad } from './padding.ts';

const CEK_BYTES = 32;

export interface EnvelopeInput {
  /** Random, never used before in the network. */
  readonly msgId: MsgId;
  readonly grantId: Hash;
  readonly sentMs: bigint;
  /** An encoded Content. */
  readonly content: Uint8Array;
}

export interface SealingKeys {
  /** Of the grant. */
  readonly K: Uint8Array;
  /** The device's env_sig_key, as an Ed25519 private key. */
  readonly envSigSeed: Uint8Array;
}

export interface SealedEnvelope {
  readonly bytes: Uint8Array;
  /** Also the authenticated_data of the MLS PrivateMessage. */
  readonly envHash: Hash;
  /** Application data of the MLS PrivateMessage: content key and env_hash, 64 secret bytes. */
  readonly mlsPayload: Uint8Array;
  /** Where the grant's chain stands after this envelope; the caller persists it before sending. */
  readonly chain: ChainState;
}

/** Seals under a fresh content key of `random`; content longer than the largest bucket is `content.too_large`. */
export function sealEnvelope(input: EnvelopeInput, chain: ChainState, keys: SealingKeys, random: Random): SealedEnvelope {
  const { msgId, grantId, sentMs } = input;
  const padded = pad(input.content);
  const hdr: EnvelopeHeader = { msgId, grantId, seq: chain.lastSeq + 1, prev: chain.lastHash, sentMs };
  const hdrBytes = encode(envelopeHeaderCodec, hdr);
  const hh = headerHash(hdrBytes);
  const cek = random(CEK_BYTES);
  const { contentKey, kc } = deriveContentKey(cek, hh);
  const ct = sealPadded(contentKey, hdrBytes, padded);
  const wrap = sealWrap(keys.K, hh, hdrBytes, kc, cek);
  const envHash = deriveEnvHash(hdrBytes, kc, crypto.sha256(ct), crypto.sha256(wrap));
  const sig = labelledSign(keys.envSigSeed, 'AC1 envelope sig', envHash);
  return {
    bytes: encode(envelopeCodec, { hdr, kc, wrap, ct, sig }),
    envHash,
    mlsPayload: concat(cek, envHash),
    chain: { lastSeq: hdr.seq, lastHash: envHash },
  };
}

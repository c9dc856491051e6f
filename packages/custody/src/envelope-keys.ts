/** The two keys of an envelope and what they seal: the content key under K, the content under a committed key (PROTOCOL 9). */
import { crypto, labelled, labelledExpand, labelledHash } from '@countersign/crypto';

const KEY_BYTES = 32;
/** Each key seals one plaintext only, so the nonce is constant. */
const NONCE = new Uint8Array(12);

/** H("AC1 header", hdr), computed once for both keys. */
export function headerHash(hdrBytes: Uint8Array): Uint8Array {
  return labelledHash('AC1 header', hdrBytes);
}

/** k_c, which seals the content, and kc, which commits to it: no ciphertext opens under two content keys with one kc. */
export function deriveContentKey(cek: Uint8Array, hh: Uint8Array): { contentKey: Uint8Array; kc: Uint8Array } {
  const both = labelledExpand(cek, 'AC1 content', hh, 2 * KEY_BYTES);
  return { contentKey: both.subarray(0, KEY_BYTES), kc: both.subarray(KEY_BYTES) };
}

export function sealWrap(K: Uint8Array, hh: Uint8Array, hdrBytes: Uint8Array, kc: Uint8Array, cek: Uint8Array): Uint8Array {
  return crypto.aesGcmSeal(labelledExpand(K, 'AC1 wrap', hh), NONCE, labelled('AC1 wrap aad', hdrBytes, kc), cek);
}

/** The content key, or null. */
export function openWrap(
  K: Uint8Array,
  hh: Uint8Array,
  hdrBytes: Uint8Array,
  kc: Uint8Array,
  wrap: Uint8Array,
): Uint8Array | null {
  return crypto.aesGcmOpen(labelledExpand(K, 'AC1 wrap', hh), NONCE, labelled('AC1 wrap aad', hdrBytes, kc), wrap);
}

export function sealPadded(contentKey: Uint8Array, hdrBytes: Uint8Array, padded: Uint8Array): Uint8Array {
  return crypto.aesGcmSeal(contentKey, NONCE, labelled('AC1 content aad', hdrBytes), padded);
}

/** The padded content, or null. */
export function openPadded(contentKey: Uint8Array, hdrBytes: Uint8Array, ct: Uint8Array): Uint8Array | null {
  return crypto.aesGcmOpen(contentKey, NONCE, labelled('AC1 content aad', hdrBytes), ct);
}

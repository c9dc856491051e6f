/**
 * HPKE (RFC 9180) in the two suites of AC1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, and either export only (0xFFFF, PROTOCOL 6) or
 * AES-256-GCM (0x0002, one message a context). Mode base, synchronous.
 *
 * Secrets are 32 bytes in 1..q-1. `seal` and the KEM take public keys that were checked before; what `open` is given may be anything.
 */
import { concat, fromUtf8, u16 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { parsePoint65 } from './point.ts';
import { isScalar } from './scalar.ts';
import type { Point65, Scalar } from './wire.ts';

const KEM_DHKEM_P256 = 0x0010;
const KDF_HKDF_SHA256 = 0x0001;
const AEAD_EXPORT_ONLY = 0xffff;
const AEAD_AES_256_GCM = 0x0002;
type Aead = typeof AEAD_EXPORT_ONLY | typeof AEAD_AES_256_GCM;

const HASH_BYTES = 32;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const IKM_BYTES = 32;

const EMPTY = new Uint8Array(0);
const VERSION = fromUtf8('HPKE-v1');
const KEM_SUITE = concat(fromUtf8('KEM'), u16(KEM_DHKEM_P256));
const MODE_BASE = Uint8Array.of(0);

export interface KeyPair {
  readonly secretKey: Scalar;
  readonly publicKey: Point65;
}

/** One sealed message and the encapsulation it needs. */
export interface Sealed {
  readonly enc: Point65;
  /** Ciphertext and a tag of 16 bytes. */
  readonly sealed: Uint8Array;
}

/** DeriveKeyPair of RFC 9180 section 7.1.3; `ikm` has at least 32 bytes. */
export function deriveKeyPair(ikm: Uint8Array): KeyPair {
  if (ikm.length < IKM_BYTES) throw new RangeError(`keying material of ${ikm.length} bytes`);
  const prk = labeledExtract(KEM_SUITE, EMPTY, 'dkp_prk', ikm);
  for (let counter = 0; counter < 256; counter++) {
    const secretKey = labeledExpand(KEM_SUITE, prk, 'candidate', Uint8Array.of(counter), KEY_BYTES);
    if (isScalar(secretKey)) return { secretKey, publicKey: crypto.p256PublicKey(secretKey) };
  }
  throw new RangeError('no scalar in 256 candidates');
}

/** ExtractAndExpand of RFC 9180 section 4.1: the KEM's shared secret from the x coordinate of the Diffie-Hellman point. */
export function deriveShared(dh: Uint8Array, enc: Point65, recipient: Point65): Uint8Array {
  const prk = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh);
  return labeledExpand(KEM_SUITE, prk, 'shared_secret', concat(enc, recipient), HASH_BYTES);
}

/** Export of RFC 9180 section 5.3 from an export-only context in mode base. */
export function deriveExport(shared: Uint8Array, info: Uint8Array, exporterContext: Uint8Array, length: number): Uint8Array {
  const { suite, secret, context } = keySchedule(AEAD_EXPORT_ONLY, shared, info);
  const exporter = labeledExpand(suite, secret, 'exp', context, HASH_BYTES);
  return labeledExpand(suite, exporter, 'sec', exporterContext, length);
}

/** Seals one message to `recipient`, a valid point. 32 bytes of `random` become the ephemeral key by DeriveKeyPair. */
export function createSealed(
  recipient: Point65,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
  random: Random,
): Sealed {
  const { secretKey, publicKey: enc } = deriveKeyPair(random(IKM_BYTES));
  const shared = deriveShared(crypto.p256SharedX(secretKey, recipient), enc, recipient);
  const { key, nonce } = aeadKeys(shared, info);
  return { enc, sealed: crypto.aesGcmSeal(key, nonce, aad, plaintext) };
}

/** The message, or null when `enc` is no point or the seal does not authenticate. */
export function openSealed(secretKey: Scalar, info: Uint8Array, aad: Uint8Array, { enc, sealed }: Sealed): Uint8Array | null {
  if (!isPoint65(enc)) return null;
  const shared = deriveShared(crypto.p256SharedX(secretKey, enc), enc, crypto.p256PublicKey(secretKey));
  const { key, nonce } = aeadKeys(shared, info);
  return crypto.aesGcmOpen(key, nonce, aad, sealed);
}

/** Key and nonce of the first message; a context here carries one message, so the sequence number is 0. */
function aeadKeys(shared: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const { suite, secret, context } = keySchedule(AEAD_AES_256_GCM, shared, info);
  return {
    key: labeledExpand(suite, secret, 'key', context, KEY_BYTES),
    nonce: labeledExpand(suite, secret, 'base_nonce', context, NONCE_BYTES),
  };
}

interface Schedule {
  readonly suite: Uint8Array;
  readonly secret: Uint8Array;
  readonly context: Uint8Array;
}

/** KeySchedule of RFC 9180 section 5.1 up to the secret, with the empty PSK of mode base. */
function keySchedule(aead: Aead, shared: Uint8Array, info: Uint8Array): Schedule {
  const suite = concat(fromUtf8('HPKE'), u16(KEM_DHKEM_P256), u16(KDF_HKDF_SHA256), u16(aead));
  const pskIdHash = labeledExtract(suite, EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = labeledExtract(suite, EMPTY, 'info_hash', info);
  return {
    suite,
    secret: labeledExtract(suite, shared, 'secret', EMPTY),
    context: concat(MODE_BASE, pskIdHash, infoHash),
  };
}

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return crypto.hkdfExtract(salt, concat(VERSION, suite, fromUtf8(label), ikm));
}

function labeledExpand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  return crypto.hkdfExpand(prk, concat(u16(length), VERSION, suite, fromUtf8(label), info), length);
}

function isPoint65(bytes: Uint8Array): boolean {
  try {
    parsePoint65(bytes);
    return true;
  } catch {
    return false;
  }
}

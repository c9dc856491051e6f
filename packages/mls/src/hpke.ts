/** HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM: the HPKE of MLS suite 1. */
import { concat, fromUtf8, u16 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';

export const HPKE_KEY_BYTES = 16;
export const HPKE_NONCE_BYTES = 12;
const SECRET_BYTES = 32;

const VERSION = fromUtf8('HPKE-v1');
const KEM_SUITE = concat(fromUtf8('KEM'), u16(0x0020));
const HPKE_SUITE = concat(fromUtf8('HPKE'), u16(0x0020), u16(0x0001), u16(0x0001));
const EMPTY = new Uint8Array(0);
const MODE_BASE = Uint8Array.of(0);

export interface HpkeKeyPair {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

function labelledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return crypto.hkdfExtract(salt, concat(VERSION, suite, fromUtf8(label), ikm));
}

function labelledExpand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  return crypto.hkdfExpand(prk, concat(u16(length), VERSION, suite, fromUtf8(label), info), length);
}

/** RFC 9180 section 7.1.3, for X25519. */
export function hpkeDeriveKeyPair(ikm: Uint8Array): HpkeKeyPair {
  const prk = labelledExtract(KEM_SUITE, EMPTY, 'dkp_prk', ikm);
  const secret = labelledExpand(KEM_SUITE, prk, 'sk', EMPTY, SECRET_BYTES);
  return { secret, publicKey: crypto.x25519PublicKey(secret) };
}

/** RFC 9180 section 4.1; null when the other side's key is of low order. */
function kemSecret(secret: Uint8Array, peer: Uint8Array, kemContext: Uint8Array): Uint8Array | null {
  if (peer.length !== SECRET_BYTES) return null;
  const dh = crypto.x25519Shared(secret, peer);
  if (dh === null) return null;
  const prk = labelledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh);
  return labelledExpand(KEM_SUITE, prk, 'shared_secret', kemContext, SECRET_BYTES);
}

interface Context {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly exporter: Uint8Array;
}

const PSK_ID_HASH = labelledExtract(HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY);

/** The key schedule of RFC 9180 section 5.1. One message a context, so the base nonce is the nonce. */
function keySchedule(shared: Uint8Array, info: Uint8Array): Context {
  const context = concat(MODE_BASE, PSK_ID_HASH, labelledExtract(HPKE_SUITE, EMPTY, 'info_hash', info));
  const secret = labelledExtract(HPKE_SUITE, shared, 'secret', EMPTY);
  return {
    key: labelledExpand(HPKE_SUITE, secret, 'key', context, HPKE_KEY_BYTES),
    nonce: labelledExpand(HPKE_SUITE, secret, 'base_nonce', context, HPKE_NONCE_BYTES),
    exporter: labelledExpand(HPKE_SUITE, secret, 'exp', context, SECRET_BYTES),
  };
}

function senderContext(publicKey: Uint8Array, info: Uint8Array, random: Random): { enc: Uint8Array; context: Context } | null {
  const secret = random(SECRET_BYTES);
  const enc = crypto.x25519PublicKey(secret);
  const shared = kemSecret(secret, publicKey, concat(enc, publicKey));
  return shared === null ? null : { enc, context: keySchedule(shared, info) };
}

function recipientContext(secret: Uint8Array, enc: Uint8Array, info: Uint8Array): Context | null {
  const shared = kemSecret(secret, enc, concat(enc, crypto.x25519PublicKey(secret)));
  return shared === null ? null : keySchedule(shared, info);
}

/** Null when the recipient's key is unusable. */
export function hpkeSeal(
  publicKey: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
  random: Random,
): { enc: Uint8Array; ct: Uint8Array } | null {
  const sender = senderContext(publicKey, info, random);
  if (sender === null) return null;
  return { enc: sender.enc, ct: crypto.aesGcmSeal(sender.context.key, sender.context.nonce, aad, plaintext) };
}

/** The plaintext, or null when it does not authenticate. */
export function hpkeOpen(
  secret: Uint8Array,
  enc: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  ct: Uint8Array,
): Uint8Array | null {
  const context = recipientContext(secret, enc, info);
  return context === null ? null : crypto.aesGcmOpen(context.key, context.nonce, aad, ct);
}

export function hpkeSenderExport(
  publicKey: Uint8Array,
  info: Uint8Array,
  exporterContext: Uint8Array,
  length: number,
  random: Random,
): { enc: Uint8Array; secret: Uint8Array } | null {
  const sender = senderContext(publicKey, info, random);
  if (sender === null) return null;
  return { enc: sender.enc, secret: labelledExpand(HPKE_SUITE, sender.context.exporter, 'sec', exporterContext, length) };
}

export function hpkeRecipientExport(
  secret: Uint8Array,
  enc: Uint8Array,
  info: Uint8Array,
  exporterContext: Uint8Array,
  length: number,
): Uint8Array | null {
  const context = recipientContext(secret, enc, info);
  return context === null ? null : labelledExpand(HPKE_SUITE, context.exporter, 'sec', exporterContext, length);
}

const PROBE_SECRET = new Uint8Array(SECRET_BYTES).fill(0x40);

/** Whether others can encrypt to `publicKey`: a leaf with a low-order key would make every later Commit fail. */
export function isUsableHpkeKey(publicKey: Uint8Array): boolean {
  return publicKey.length === SECRET_BYTES && crypto.x25519Shared(PROBE_SECRET, publicKey) !== null;
}

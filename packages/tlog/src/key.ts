/** Keys of signed notes: their ids, and the texts that configure verifiers and signers (C2SP signed-note). */
import { concat, fromUtf8, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { parseBase64, toBase64 } from './base64.ts';
import { check } from './error.ts';

/** Signature types in use: a log signs checkpoints with Ed25519, a witness adds timestamped cosignatures (PROTOCOL 11.1). */
export const LOG_KEY = 0x01;
export const WITNESS_KEY = 0x04;
export type KeyType = typeof LOG_KEY | typeof WITNESS_KEY;

const PUBLIC_KEY_BYTES = 32;
const SEED_BYTES = 32;
/** Go's note package begins the text of a signer key with this. */
const SIGNER_PREFIX = 'PRIVATE+KEY+';

export interface VerifierKey {
  readonly name: string;
  readonly type: KeyType;
  /** 4 bytes in hex; with the name it says whose signature a line claims to be. It is no commitment to the key. */
  readonly keyId: string;
  readonly publicKey: Uint8Array;
}

export interface SignerKey extends VerifierKey {
  /** The Ed25519 private key of RFC 8032. */
  readonly seed: Uint8Array;
}

/** Throws `key.malformed` for a name that a note cannot carry or a public key that is not 32 bytes. */
export function deriveVerifierKey(name: string, type: KeyType, publicKey: Uint8Array): VerifierKey {
  check(isKeyName(name) && publicKey.length === PUBLIC_KEY_BYTES, 'key.malformed');
  const digest = crypto.sha256(concat(fromUtf8(`${name}\n`), Uint8Array.of(type), publicKey));
  return { name, type, keyId: toHex(digest.subarray(0, 4)), publicKey };
}

/** As `deriveVerifierKey`, from a seed of 32 bytes. */
export function deriveSignerKey(name: string, type: KeyType, seed: Uint8Array): SignerKey {
  check(seed.length === SEED_BYTES, 'key.malformed');
  return { ...deriveVerifierKey(name, type, crypto.ed25519PublicKey(seed)), seed };
}

/** Key names are not empty and hold no Unicode space and no plus; control characters and lone surrogates cannot stand in a note. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the format excludes
  return name.length > 0 && !/[\p{White_Space}\p{Cs}+\u0000-\u001f]/u.test(name);
}

/** `name+id+base64(type || public key)`. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.keyId}+${toBase64(concat(Uint8Array.of(key.type), key.publicKey))}`;
}

/** Throws `key.malformed`, also for a type that version 1 does not count and for an id that is not the key's. */
export function parseVerifierKey(text: string): VerifierKey {
  const { name, keyId, type, material } = parseParts(text);
  const key = deriveVerifierKey(name, type, material);
  check(key.keyId === keyId, 'key.malformed');
  return key;
}

/** A secret: the text belongs in a file that only its process can read. */
export function formatSignerKey(key: SignerKey): string {
  return `${SIGNER_PREFIX}${key.name}+${key.keyId}+${toBase64(concat(Uint8Array.of(key.type), key.seed))}`;
}

/** Throws `key.malformed`. */
export function parseSignerKey(text: string): SignerKey {
  check(text.startsWith(SIGNER_PREFIX), 'key.malformed');
  const { name, keyId, type, material } = parseParts(text.slice(SIGNER_PREFIX.length));
  const key = deriveSignerKey(name, type, material);
  check(key.keyId === keyId, 'key.malformed');
  return key;
}

function parseParts(text: string): { name: string; keyId: string; type: KeyType; material: Uint8Array } {
  const [name = '', keyId = '', ...rest] = text.split('+');
  // The base64 of the key may itself contain a plus.
  const bytes = parseBase64(rest.join('+'));
  check(bytes !== null && bytes.length > 1, 'key.malformed');
  const type = bytes[0];
  check(type === LOG_KEY || type === WITNESS_KEY, 'key.malformed');
  return { name, keyId, type, material: bytes.subarray(1) };
}

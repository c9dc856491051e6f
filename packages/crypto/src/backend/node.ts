/**
 * The primitives of PROTOCOL 2 on node:crypto.
 *
 * Importing a key costs as much as using it, so keys that are used again are kept, and every key enters as JWK: OpenSSL's decoder of
 * DER takes ten times longer. The price is a copy of the secret in a string, which only the garbage collector can clear.
 */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type ECDH,
  type KeyObject,
  randomBytes as nodeRandomBytes,
  sign,
  verify,
} from 'node:crypto';
import { concat, equal, isZero } from '@countersign/bytes';
import type { Backend } from './backend.ts';
import { AES_GCM_TAG_BYTES, checkAesGcm, checkExpand, checkLength, isUncompressedForm, SHA256_BYTES } from './check.ts';
import { isEd25519KeyForm } from './ed25519-key.ts';
import { hmac, sha256 } from './node-hash.ts';

/** About 1 kB of memory each: the devices that one process is likely to hear from in a minute. */
const VERIFY_KEYS_MAX = 4096;

type OkpCurve = 'Ed25519' | 'X25519';

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function importPublic(crv: OkpCurve, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: asBuffer(raw).toString('base64url') }, format: 'jwk' });
}

/** Node derives the public part itself, so `x` may stay empty. */
function importPrivate(crv: OkpCurve, raw: Uint8Array): KeyObject {
  checkLength(raw, 32);
  return createPrivateKey({ key: { kty: 'OKP', crv, x: '', d: asBuffer(raw).toString('base64url') }, format: 'jwk' });
}

function exportPublic(key: KeyObject): Uint8Array {
  return Uint8Array.from(Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x as string, 'base64url'));
}

/** By the key's bytes, oldest first; null stands for bytes that are no key. */
const verifyKeys = new Map<string, KeyObject | null>();

function verifyKey(raw: Uint8Array): KeyObject | null {
  const name = asBuffer(raw).toString('latin1');
  const known = verifyKeys.get(name);
  if (known !== undefined) return known;
  const key = isEd25519KeyForm(raw) ? importPublic('Ed25519', raw) : null;
  if (verifyKeys.size >= VERIFY_KEYS_MAX) verifyKeys.delete(verifyKeys.keys().next().value as string);
  verifyKeys.set(name, key);
  return key;
}

/**
 * `prepare`, done once for each array that holds a secret: what is prepared goes when the array goes. An array that was overwritten in
 * between is prepared anew.
 */
function oncePerSecret<T>(prepare: (secret: Uint8Array) => T): (secret: Uint8Array) => T {
  const prepared = new WeakMap<Uint8Array, { readonly copy: Uint8Array; readonly value: T }>();
  return (secret) => {
    const known = prepared.get(secret);
    if (known !== undefined && equal(known.copy, secret)) return known.value;
    const value = prepare(secret);
    prepared.set(secret, { copy: Uint8Array.from(secret), value });
    return value;
  };
}

const signKey = oncePerSecret((seed) => importPrivate('Ed25519', seed));

/** Setting the secret computes its public key: a fifth of the cost of a product with a point. */
const p256Secret = oncePerSecret((secret): ECDH => {
  checkLength(secret, 32);
  const ecdh = createECDH('prime256v1');
  try {
    ecdh.setPrivateKey(secret);
  } catch {
    throw new RangeError('a P-256 secret outside 1..q-1');
  }
  return ecdh;
});

function aesName(key: Uint8Array): 'aes-128-gcm' | 'aes-256-gcm' {
  return key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
}

export const backend: Backend = {
  randomBytes: (length) => plain(nodeRandomBytes(length)),

  sha256,
  createSha256() {
    const state = createHash('sha256');
    return { update: (part) => void state.update(part), digest: () => plain(state.digest()) };
  },
  hmacSha256: hmac,
  hkdfExtract: hmac,
  hkdfExpand(prk, info, length) {
    checkExpand(prk, length);
    const okm = new Uint8Array(length);
    let block: Uint8Array = new Uint8Array(0);
    for (let i = 1, offset = 0; offset < length; i++, offset += SHA256_BYTES) {
      block = hmac(prk, block, info, Uint8Array.of(i));
      okm.set(block.subarray(0, length - offset), offset);
    }
    return okm;
  },

  aesGcmSeal(key, nonce, aad, plaintext) {
    checkAesGcm(key, nonce);
    const cipher = createCipheriv(aesName(key), key, nonce);
    cipher.setAAD(aad);
    const body = cipher.update(plaintext);
    cipher.final();
    return concat(body, cipher.getAuthTag());
  },
  aesGcmOpen(key, nonce, aad, sealed) {
    checkAesGcm(key, nonce);
    if (sealed.length < AES_GCM_TAG_BYTES) return null;
    const bodyLength = sealed.length - AES_GCM_TAG_BYTES;
    const decipher = createDecipheriv(aesName(key), key, nonce, { authTagLength: AES_GCM_TAG_BYTES });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(bodyLength));
    const body = decipher.update(sealed.subarray(0, bodyLength));
    try {
      decipher.final();
    } catch {
      body.fill(0);
      return null;
    }
    return plain(body);
  },

  ed25519PublicKey: (seed) => exportPublic(signKey(seed)),
  ed25519Sign: (seed, message) => plain(sign(null, message, signKey(seed))),
  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const key = verifyKey(publicKey);
    return key !== null && verify(null, message, key, signature);
  },

  x25519PublicKey: (secret) => exportPublic(importPrivate('X25519', secret)),
  x25519Shared(secret, publicKey) {
    checkLength(publicKey, 32);
    const keys = { privateKey: importPrivate('X25519', secret), publicKey: importPublic('X25519', publicKey) };
    try {
      const shared = diffieHellman(keys);
      return isZero(shared) ? null : plain(shared);
    } catch {
      // OpenSSL itself refuses an all-zero secret
      return null;
    }
  },

  p256PublicKey: (secret) => plain(p256Secret(secret).getPublicKey()),
  p256SharedX(secret, point) {
    const ecdh = p256Secret(secret);
    if (!isUncompressedForm(point)) throw new RangeError('not an uncompressed point');
    try {
      return plain(ecdh.computeSecret(point));
    } catch {
      throw new RangeError('not a point of P-256');
    }
  },
  p256EcdsaVerify(publicKey, message, derSignature) {
    if (!isUncompressedForm(publicKey)) return false;
    const x = asBuffer(publicKey.subarray(1, 33)).toString('base64url');
    const y = asBuffer(publicKey.subarray(33)).toString('base64url');
    try {
      const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
      return verify('sha256', message, key, derSignature);
    } catch {
      return false;
    }
  },
};

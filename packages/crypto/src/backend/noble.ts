/**
 * The primitives of PROTOCOL 2 on the noble libraries, for browsers: pure JavaScript, since WebCrypto is asynchronous alone.
 * Secrets are bigints here, so no operation is constant-time against a process that shares the CPU.
 */

import { concat, equal } from '@countersign/bytes';
import { gcm } from '@noble/ciphers/aes.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { expand } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import type { Backend } from './backend.ts';
import { AES_GCM_TAG_BYTES, checkAesGcm, checkExpand, checkLength, isUncompressedForm } from './check.ts';
import { isEd25519KeyForm } from './ed25519-key.ts';

const P256_COORDINATE_BYTES = 32;

const Edwards = ed25519.Point;

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

/**
 * RFC 8032 section 5.1.7 without the cofactor: encode(S*B - k*A) = R. noble's own `verify` multiplies by the cofactor, as the RFC
 * allows too, and so accepts signatures by a dishonest signer that OpenSSL refuses; two judges must not differ.
 */
function isEd25519Signature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= Edwards.Fn.ORDER) return false;
  const A = Edwards.fromBytes(publicKey);
  const k = Edwards.Fn.create(littleEndian(sha512(concat(r, publicKey, message))));
  const R = Edwards.BASE.multiplyUnsafe(s).subtract(A.multiplyUnsafe(k));
  return equal(R.toBytes(), r);
}

function p256Scalar(secret: Uint8Array): bigint {
  checkLength(secret, P256_COORDINATE_BYTES);
  const scalar = p256.Point.Fn.fromBytes(secret, true);
  if (!p256.Point.Fn.isValidNot0(scalar)) throw new RangeError('a P-256 secret outside 1..q-1');
  return scalar;
}

function p256Point(bytes: Uint8Array): InstanceType<typeof p256.Point> {
  if (!isUncompressedForm(bytes)) throw new RangeError('not an uncompressed point');
  try {
    return p256.Point.fromBytes(bytes);
  } catch {
    throw new RangeError('not a point of P-256');
  }
}

export const backend: Backend = {
  randomBytes: (length) => randomBytes(length),

  sha256: (data) => sha256(data),
  createSha256() {
    const state = sha256.create();
    return { update: (part) => void state.update(part), digest: () => state.digest() };
  },
  hmacSha256: (key, data) => hmac(sha256, key, data),
  hkdfExtract: (salt, ikm) => hmac(sha256, salt, ikm),
  hkdfExpand(prk, info, length) {
    checkExpand(prk, length);
    return expand(sha256, prk, info, length);
  },

  aesGcmSeal(key, nonce, aad, plaintext) {
    checkAesGcm(key, nonce);
    return gcm(key, nonce, aad).encrypt(plaintext);
  },
  aesGcmOpen(key, nonce, aad, sealed) {
    checkAesGcm(key, nonce);
    if (sealed.length < AES_GCM_TAG_BYTES) return null;
    try {
      return gcm(key, nonce, aad).decrypt(sealed);
    } catch {
      return null;
    }
  },

  ed25519PublicKey(seed) {
    checkLength(seed, 32);
    return ed25519.getPublicKey(seed);
  },
  ed25519Sign(seed, message) {
    checkLength(seed, 32);
    return ed25519.sign(message, seed);
  },
  ed25519Verify(publicKey, message, signature) {
    if (!isEd25519KeyForm(publicKey) || signature.length !== 64) return false;
    try {
      return isEd25519Signature(publicKey, message, signature);
    } catch {
      return false;
    }
  },

  x25519PublicKey(secret) {
    checkLength(secret, 32);
    return x25519.getPublicKey(secret);
  },
  x25519Shared(secret, publicKey) {
    checkLength(secret, 32);
    checkLength(publicKey, 32);
    try {
      return x25519.getSharedSecret(secret, publicKey);
    } catch {
      return null;
    }
  },

  p256PublicKey: (secret) => p256.Point.BASE.multiply(p256Scalar(secret)).toBytes(false),
  p256SharedX: (secret, point) => {
    const scalar = p256Scalar(secret);
    return p256Point(point)
      .multiply(scalar)
      .toBytes(false)
      .subarray(1, 1 + P256_COORDINATE_BYTES);
  },
  p256EcdsaVerify(publicKey, message, derSignature) {
    if (!isUncompressedForm(publicKey)) return false;
    try {
      return p256.verify(derSignature, message, publicKey, { format: 'der', lowS: false });
    } catch {
      return false;
    }
  },
};

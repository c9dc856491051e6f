/** The primitives of PROTOCOL 2 on node:crypto. Imported keys are cached, since importing one costs more than using it. */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type ECDH,
  type KeyObject,
  randomBytes as nodeRandomBytes,
  sign,
  verify,
} from 'node:crypto';
import { concat, isZero, toHex } from '@countersign/bytes';
import type { Backend } from './backend.ts';

const TAG_BYTES = 16;
const SHA256_BYTES = 32;
const KEY_CACHE_MAX = 4096;

/** DER headers in front of raw 32-byte keys (RFC 8410) and of an uncompressed P-256 point (RFC 5480). */
const ED25519_PRIVATE_DER = Buffer.from('302e020100300506032b657004220420', 'hex');
const ED25519_PUBLIC_DER = Buffer.from('302a300506032b6570032100', 'hex');
const X25519_PRIVATE_DER = Buffer.from('302e020100300506032b656e04220420', 'hex');
const X25519_PUBLIC_DER = Buffer.from('302a300506032b656e032100', 'hex');
const P256_PUBLIC_DER = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/** Public keys alone are cached: a secret must not outlive its use in a map. */
const publicKeys = new Map<string, KeyObject>();

function publicKey(header: Buffer, raw: Uint8Array): KeyObject {
  const name = toHex(header.subarray(-6)) + toHex(raw);
  const known = publicKeys.get(name);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.concat([header, raw]), format: 'der', type: 'spki' });
  if (publicKeys.size >= KEY_CACHE_MAX) publicKeys.delete(publicKeys.keys().next().value as string);
  publicKeys.set(name, key);
  return key;
}

const secretKeys = new WeakMap<Uint8Array, KeyObject>();

/** Cached by the identity of the caller's array, so the cache ends with the secret. The caller must not overwrite it in between. */
function privateKey(header: Buffer, raw: Uint8Array): KeyObject {
  const known = secretKeys.get(raw);
  if (known !== undefined) return known;
  checkLength(raw, 32);
  const key = createPrivateKey({ key: Buffer.concat([header, raw]), format: 'der', type: 'pkcs8' });
  secretKeys.set(raw, key);
  return key;
}

const ecdhs = new WeakMap<Uint8Array, ECDH>();

/** Cached like `privateKey`: setting a key computes its public key, a third of the cost of a product. */
function p256Secret(secret: Uint8Array): ECDH {
  const known = ecdhs.get(secret);
  if (known !== undefined) return known;
  checkLength(secret, 32);
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(secret);
  ecdhs.set(secret, ecdh);
  return ecdh;
}

function checkLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes where ${length} belong`);
}

function cipherName(key: Uint8Array): 'aes-128-gcm' | 'aes-256-gcm' {
  if (key.length === 16) return 'aes-128-gcm';
  checkLength(key, 32);
  return 'aes-256-gcm';
}

function rawPublic(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

export const backend: Backend = {
  randomBytes: (length) => plain(nodeRandomBytes(length)),

  sha256: (data) => plain(createHash('sha256').update(data).digest()),
  hmacSha256: (key, data) => plain(createHmac('sha256', key).update(data).digest()),
  hkdfExtract: (salt, ikm) => plain(createHmac('sha256', salt).update(ikm).digest()),
  hkdfExpand(prk, info, length) {
    if (length > 255 * SHA256_BYTES) throw new RangeError(`HKDF-Expand gives at most ${255 * SHA256_BYTES} bytes`);
    const blocks: Uint8Array[] = [];
    let block: Uint8Array = new Uint8Array(0);
    for (let i = 1; (i - 1) * SHA256_BYTES < length; i++) {
      block = createHmac('sha256', prk).update(block).update(info).update(Uint8Array.of(i)).digest();
      blocks.push(block);
    }
    return concat(...blocks).slice(0, length);
  },

  aesGcmSeal(key, nonce, aad, plaintext) {
    checkLength(nonce, 12);
    const cipher = createCipheriv(cipherName(key), key, nonce);
    cipher.setAAD(aad);
    const body = cipher.update(plaintext);
    cipher.final();
    return concat(body, cipher.getAuthTag());
  },
  aesGcmOpen(key, nonce, aad, sealed) {
    if (sealed.length < TAG_BYTES) return null;
    checkLength(nonce, 12);
    const decipher = createDecipheriv(cipherName(key), key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const body = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
    try {
      decipher.final();
    } catch {
      return null;
    }
    return plain(body);
  },

  ed25519PublicKey: (seed) => rawPublic(privateKey(ED25519_PRIVATE_DER, seed)),
  ed25519Sign: (seed, message) => plain(sign(null, message, privateKey(ED25519_PRIVATE_DER, seed))),
  ed25519Verify(key, message, signature) {
    if (key.length !== 32 || signature.length !== 64) return false;
    try {
      return verify(null, message, publicKey(ED25519_PUBLIC_DER, key), signature);
    } catch {
      return false;
    }
  },

  x25519PublicKey: (secret) => rawPublic(privateKey(X25519_PRIVATE_DER, secret)),
  x25519Shared(secret, key) {
    checkLength(key, 32);
    try {
      const shared = diffieHellman({
        privateKey: privateKey(X25519_PRIVATE_DER, secret),
        publicKey: publicKey(X25519_PUBLIC_DER, key),
      });
      return isZero(shared) ? null : plain(shared);
    } catch {
      return null;
    }
  },

  p256PublicKey: (secret) => plain(p256Secret(secret).getPublicKey()),
  p256SharedX: (secret, point) => plain(p256Secret(secret).computeSecret(point)),
  p256EcdsaVerify(key, message, derSignature) {
    try {
      return verify('sha256', message, publicKey(P256_PUBLIC_DER, key), derSignature);
    } catch {
      return false;
    }
  },
};

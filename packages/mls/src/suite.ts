/**
 * MLS suite 1, MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (PROTOCOL 5), on our own primitives behind the interface that ts-mls
 * expects. The primitives are synchronous; each promise here is already settled.
 */
import { equal } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import type { CiphersuiteImpl, CiphersuiteName, PrivateKey, PublicKey } from 'ts-mls';
import {
  HPKE_KEY_BYTES,
  HPKE_NONCE_BYTES,
  hpkeDeriveKeyPair,
  hpkeOpen,
  hpkeRecipientExport,
  hpkeSeal,
  hpkeSenderExport,
} from './hpke.ts';

export const SUITE_NAME = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519' satisfies CiphersuiteName;
export type Suite = CiphersuiteImpl;

/** ts-mls types HPKE keys as CryptoKey but only hands them back to the suite: here they are the raw bytes. */
const asPrivate = (raw: Uint8Array) => raw as unknown as PrivateKey;
const asPublic = (raw: Uint8Array) => raw as unknown as PublicKey;
const raw = (key: PrivateKey | PublicKey) => key as unknown as Uint8Array;

const NO_BYTES = new Uint8Array(0);

/** What fails here is an enemy's key or ciphertext; the callers of this package turn the message into their code. */
function present<T>(value: T | null, what: string): T {
  if (value === null) throw new Error(what);
  return value;
}

export function createSuite(random: Random): Suite {
  const keyPair = ({ secret, publicKey }: { secret: Uint8Array; publicKey: Uint8Array }) => ({
    privateKey: asPrivate(secret),
    publicKey: asPublic(publicKey),
  });
  return {
    name: SUITE_NAME,
    rng: { randomBytes: random },
    hash: {
      digest: async (data) => crypto.sha256(data),
      mac: async (key, data) => crypto.hmacSha256(key, data),
      verifyMac: async (key, mac, data) => equal(mac, crypto.hmacSha256(key, data)),
    },
    kdf: {
      size: 32,
      extract: async (salt, ikm) => crypto.hkdfExtract(salt, ikm),
      expand: async (prk, info, length) => crypto.hkdfExpand(prk, info, length),
    },
    signature: {
      sign: async (seed, message) => crypto.ed25519Sign(seed, message),
      verify: async (publicKey, message, signature) => crypto.ed25519Verify(publicKey, message, signature),
      async keygen() {
        const signKey = random(32);
        return { signKey, publicKey: crypto.ed25519PublicKey(signKey) };
      },
    },
    hpke: {
      keyLength: HPKE_KEY_BYTES,
      nonceLength: HPKE_NONCE_BYTES,
      encryptAead: async (key, nonce, aad, plaintext) => crypto.aesGcmSeal(key, nonce, aad ?? NO_BYTES, plaintext),
      decryptAead: async (key, nonce, aad, sealed) =>
        present(crypto.aesGcmOpen(key, nonce, aad ?? NO_BYTES, sealed), 'AEAD does not open'),
      seal: async (key, plaintext, info, aad) =>
        present(hpkeSeal(raw(key), info, aad ?? NO_BYTES, plaintext, random), 'HPKE key unusable'),
      open: async (key, enc, sealed, info, aad) =>
        present(hpkeOpen(raw(key), enc, info, aad ?? NO_BYTES, sealed), 'HPKE does not open'),
      exportSecret: async (key, context, length, info) =>
        present(hpkeSenderExport(raw(key), info, context, length, random), 'HPKE key unusable'),
      importSecret: async (key, context, enc, length, info) =>
        present(hpkeRecipientExport(raw(key), enc, info, context, length), 'HPKE key unusable'),
      importPrivateKey: async (key) => asPrivate(key),
      importPublicKey: async (key) => asPublic(key),
      exportPrivateKey: async (key) => raw(key),
      exportPublicKey: async (key) => raw(key),
      deriveKeyPair: async (ikm) => keyPair(hpkeDeriveKeyPair(ikm)),
      generateKeyPair: async () => keyPair(hpkeDeriveKeyPair(random(32))),
    },
  };
}

/** A hash under way; `digest` ends it. */
export interface Sha256 {
  update(part: Uint8Array): void;
  digest(): Uint8Array;
}

/**
 * The primitives that a platform supplies (PROTOCOL 2), all synchronous. Two implementations: `node.ts` on node:crypto and
 * `noble.ts` on the noble libraries, chosen by the `#backend` import of package.json; tests hold them equal.
 *
 * Keys and points come from callers that have checked them: a wrong length or an invalid secret is a RangeError. What the enemy
 * writes (ciphertexts, signatures, public keys of signatures) can only end in false or null.
 */
export interface Backend {
  /** Fresh bytes of the system's generator. Libraries do not call this: it is handed to them as a `Random`. */
  randomBytes(length: number): Uint8Array;

  sha256(data: Uint8Array): Uint8Array;
  /** SHA-256 of what comes in parts. */
  createSha256(): Sha256;
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF-Extract (RFC 5869 section 2.2). */
  hkdfExtract(salt: Uint8Array, ikm: Uint8Array): Uint8Array;
  /** HKDF-Expand (RFC 5869 section 2.3); prk of 32 bytes or more, length at most 8160. */
  hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array;

  /** AES-GCM with a key of 16 or 32 bytes and a nonce of 12: ciphertext || 16-byte tag. */
  aesGcmSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, or null when it does not authenticate. */
  aesGcmOpen(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | null;

  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * RFC 8032 section 5.1.7 without the cofactor. False also for S >= L, for another length, and for a key that is no point, not
   * canonically encoded or of small order: all backends give the same answer, dishonest signers included.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;

  x25519PublicKey(secret: Uint8Array): Uint8Array;
  /** The shared secret, or null when it is all zeros (RFC 7748 section 6.1). */
  x25519Shared(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | null;

  /** secret * G as SEC1 uncompressed; secret is 32 bytes in 1..q-1. */
  p256PublicKey(secret: Uint8Array): Uint8Array;
  /** The x coordinate (32 bytes) of secret * point, in constant time in Node; point is a valid Point65, else RangeError. */
  p256SharedX(secret: Uint8Array, point: Uint8Array): Uint8Array;
  /** ECDSA P-256 with SHA-256 over `message`; the signature in DER, as WebAuthn delivers it (ES256). */
  p256EcdsaVerify(publicKey: Uint8Array, message: Uint8Array, derSignature: Uint8Array): boolean;
}

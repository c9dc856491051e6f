/**
 * SHA-256 and HMAC-SHA256 (RFC 2104) on node:crypto for the many short inputs of AC1 and MLS.
 *
 * A digest as a string costs less than one in a Buffer, which needs memory outside the heap and a finaliser; and two one-shot hashes
 * cost less than an HMAC object. Like every digest of a secret, the string stays until the garbage collector takes it.
 */
import { createHmac, hash } from 'node:crypto';
import { SHA256_BYTES } from './check.ts';

const HMAC_BLOCK_BYTES = 64;
/** Above this message length the HMAC object is as good. */
const HMAC_SHORT_BYTES = 512;

export function sha256(data: Uint8Array): Uint8Array {
  const text = hash('sha256', data, 'binary');
  const digest = new Uint8Array(SHA256_BYTES);
  for (let i = 0; i < SHA256_BYTES; i++) digest[i] = text.charCodeAt(i);
  return digest;
}

/** Key block and message of the inner hash, and what the outer hash takes; reused, since hashing is synchronous. */
const inner = new Uint8Array(HMAC_BLOCK_BYTES + HMAC_SHORT_BYTES);
const outer = new Uint8Array(HMAC_BLOCK_BYTES + SHA256_BYTES);

/** HMAC-SHA256 of the joined message. */
export function hmac(key: Uint8Array, ...message: readonly Uint8Array[]): Uint8Array {
  let end = HMAC_BLOCK_BYTES;
  for (const part of message) end += part.length;
  if (end > inner.length || key.length > HMAC_BLOCK_BYTES) {
    const state = createHmac('sha256', key);
    for (const part of message) state.update(part);
    return Uint8Array.from(state.digest());
  }
  for (let i = 0; i < HMAC_BLOCK_BYTES; i++) {
    const byte = key[i] ?? 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  let offset = HMAC_BLOCK_BYTES;
  for (const part of message) {
    inner.set(part, offset);
    offset += part.length;
  }
  outer.set(sha256(inner.subarray(0, end)), HMAC_BLOCK_BYTES);
  const tag = sha256(outer);
  // Nothing of the key, or of a secret that was hashed, waits here for the next call.
  inner.fill(0, 0, end);
  outer.fill(0);
  return tag;
}

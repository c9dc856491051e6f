/** The demands that both backends make on their callers' keys and lengths; a breach is a RangeError (see backend.ts). */

export const AES_GCM_TAG_BYTES = 16;
export const SHA256_BYTES = 32;
const AES_GCM_NONCE_BYTES = 12;
const HKDF_EXPAND_MAX_BYTES = 255 * SHA256_BYTES;

export function checkLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes where ${length} belong`);
}

/** AES-128 or AES-256, and the nonce of 96 bits that PROTOCOL 2 prescribes. */
export function checkAesGcm(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== 16 && key.length !== 32) throw new RangeError(`an AES key of ${key.length} bytes`);
  checkLength(nonce, AES_GCM_NONCE_BYTES);
}

/** RFC 5869 section 2.3, which asks for a key of at least one block too. */
export function checkExpand(prk: Uint8Array, length: number): void {
  if (prk.length < SHA256_BYTES) throw new RangeError(`a pseudorandom key of ${prk.length} bytes`);
  if (!Number.isInteger(length) || length < 0 || length > HKDF_EXPAND_MAX_BYTES)
    throw new RangeError(`HKDF-Expand gives 0 to ${HKDF_EXPAND_MAX_BYTES} bytes, not ${length}`);
}

/** The form of SEC1 uncompressed; whether it lies on the curve is for the curve's code. */
export function isUncompressedForm(point: Uint8Array): boolean {
  return point.length === 65 && point[0] === 0x04;
}

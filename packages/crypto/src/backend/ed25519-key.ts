/**
 * Which Ed25519 public keys count as keys (RFC 8032 section 5.1.3, and one demand more).
 *
 * Libraries disagree about encodings with y >= p and about points of small order, under which one signature fits many
 * messages. A judge of evidence and a phone have to agree, so both backends refuse these before the curve's code sees them.
 */

import { toHex } from '@countersign/bytes';

/** Little-endian y with the sign bit of x cleared: the points of order 1, 2, 4 and 8. */
const SMALL_ORDER_Y = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]);

/** Whether 32 bytes are the canonical encoding of a y that no point of small order has; being on the curve is not checked. */
export function isEd25519KeyForm(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const y = Uint8Array.from(key); // `slice` of a Buffer would share memory with the caller
  y[31] = (y[31] as number) & 0x7f;
  return isBelowPrime(y) && !SMALL_ORDER_Y.has(toHex(y));
}

/** y < 2^255 - 19. */
function isBelowPrime(y: Uint8Array): boolean {
  if (y[31] !== 0x7f || (y[0] as number) < 0xed) return true;
  return !y.subarray(1, 31).every((byte) => byte === 0xff);
}

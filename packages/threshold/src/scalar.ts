/**
 * Scalars mod q, the order of P-256 (PROTOCOL 2 and 3), and the hash that gives them.
 *
 * A secret scalar (share, nonce, exponent e) stays in bytes and meets points only in the backend's constant-time operations. The one
 * exception is `mulAdd`, the answer z = k + c*x of a proof: a product and a reduction of fixed-size integers in BigInt, whose time
 * gives away at most the length of a number that is blinded by the fresh k.
 */
import { concat, ensure, fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { p256 } from '@noble/curves/nist.js';
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import type { Scalar } from './wire.ts';

const Fq = p256.Point.Fn;
const SCALAR_BYTES = 32;

/** The closed list of PROTOCOL 2. One tag, one use. */
export type ScalarTag = 'pok' | 'pok-nonce' | 'dleq' | 'dleq-nonce' | 'dkg-pok' | 'dkg-nonce';

/** The number in 1..q-1 that `bytes` (32) writes; 0 and q or more are `scalar.out_of_range` (PROTOCOL 3). */
export function parseScalar(bytes: Scalar): bigint {
  ensure(bytes.length === SCALAR_BYTES, 'scalar.out_of_range');
  const value = bytesToNumberBE(bytes);
  ensure(value > 0n && value < Fq.ORDER, 'scalar.out_of_range');
  return value;
}

/** Whether `bytes` writes a number in 1..q-1. */
export function isScalar(bytes: Uint8Array): boolean {
  if (bytes.length !== SCALAR_BYTES) return false;
  const value = bytesToNumberBE(bytes);
  return value > 0n && value < Fq.ORDER;
}

/** 32 bytes of `value` mod q. */
export function scalarBytes(value: bigint): Uint8Array {
  return numberToBytesBE(Fq.create(value), SCALAR_BYTES);
}

/** k + c*x mod q. */
export function mulAdd(k: Scalar, c: Scalar, x: Scalar): Uint8Array {
  return scalarBytes(bytesToNumberBE(k) + bytesToNumberBE(c) * bytesToNumberBE(x));
}

/** HashToScalar(tag, m) of PROTOCOL 2, m being the joined parts. Zero, of probability 2^-256, is not excluded. */
export function hashToScalar(tag: ScalarTag, ...parts: readonly Uint8Array[]): Uint8Array {
  const wide = expandMessageXmd(concat(...parts), fromUtf8(`AC1-V1-P256-SHA256-${tag}`));
  return scalarBytes(bytesToNumberBE(wide));
}

const EXPANDED_BYTES = 48;
const SHA256_BLOCK = new Uint8Array(64);

/** expand_message_xmd of RFC 9380 section 5.3.1 with SHA-256 and 48 bytes of output, which are two blocks. */
function expandMessageXmd(message: Uint8Array, dst: Uint8Array): Uint8Array {
  const suffix = concat(dst, Uint8Array.of(dst.length));
  const b0 = crypto.sha256(concat(SHA256_BLOCK, message, Uint8Array.of(0, EXPANDED_BYTES, 0), suffix));
  const b1 = crypto.sha256(concat(b0, Uint8Array.of(1), suffix));
  const mixed = b0.map((byte, i) => byte ^ (b1[i] as number));
  const b2 = crypto.sha256(concat(mixed, Uint8Array.of(2), suffix));
  return concat(b1, b2).subarray(0, EXPANDED_BYTES);
}

/** A scalar uniform in 1..q-1, by rejection; `random` gives fresh bytes. */
export function createScalar(random: (length: number) => Uint8Array): Uint8Array {
  for (let tries = 0; tries < REJECTIONS_MAX; tries++) {
    const candidate = random(SCALAR_BYTES);
    if (isScalar(candidate)) return candidate;
  }
  throw new RangeError('the random source gives no scalar');
}

/** A candidate is refused with probability 2^-32, so a source that fails this often is broken. */
const REJECTIONS_MAX = 8;

/**
 * Points of P-256 in affine coordinates and their two encodings (PROTOCOL 3).
 *
 * Everything here is BigInt and takes variable time: it is for public points. Products with secrets are in multiply.ts.
 */
import { ensure, isZero } from '@countersign/bytes';
import { p256 } from '@noble/curves/nist.js';
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import type { Point33, Point65 } from './wire.ts';

export const Fp = p256.Point.Fp;
const { a: A, b: B } = p256.Point.CURVE();
const COORDINATE_BYTES = 32;

/** A point of the curve, never the identity: no encoding of PROTOCOL 3 stands for that one. */
export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

export const G: Point = { x: p256.Point.CURVE().Gx, y: p256.Point.CURVE().Gy };

/** x^3 + ax + b. */
export function curveRight(x: bigint): bigint {
  return Fp.add(Fp.mul(x, Fp.add(Fp.sqr(x), A)), B);
}

/** SEC1 uncompressed; refused with a `point.*` code, in the order of PROTOCOL 3. */
export function parsePoint65(bytes: Point65): Point {
  ensure(bytes.length === 65, 'point.malformed');
  ensure(!isZero(bytes), 'point.identity');
  ensure(bytes[0] === 0x04, 'point.malformed');
  const x = bytesToNumberBE(bytes.subarray(1, 33));
  const y = bytesToNumberBE(bytes.subarray(33));
  ensure(x < Fp.ORDER && y < Fp.ORDER, 'point.malformed');
  ensure(Fp.sqr(y) === curveRight(x), 'point.off_curve');
  return { x, y };
}

/** SEC1 compressed; refused with a `point.*` code, in the order of PROTOCOL 3. */
export function parsePoint33(bytes: Point33): Point {
  ensure(bytes.length === 33, 'point.malformed');
  ensure(!isZero(bytes), 'point.identity');
  const prefix = bytes[0];
  ensure(prefix === 0x02 || prefix === 0x03, 'point.malformed');
  const x = bytesToNumberBE(bytes.subarray(1));
  ensure(x < Fp.ORDER, 'point.malformed');
  const y = squareRoot(curveRight(x));
  ensure(y !== null, 'point.off_curve');
  // P-256 has no point with y = 0 (its order is odd), so exactly one of y and p - y has the parity that the prefix states.
  return { x, y: isOdd(y) === (prefix === 0x03) ? y : Fp.neg(y) };
}

/** Either encoding, told apart by length; any third length is `point.malformed`. */
export function parsePoint(bytes: Uint8Array): Point {
  return bytes.length === 65 ? parsePoint65(bytes) : parsePoint33(bytes);
}

export function encodePoint65(point: Point): Uint8Array {
  const bytes = new Uint8Array(65);
  bytes[0] = 0x04;
  bytes.set(numberToBytesBE(point.x, COORDINATE_BYTES), 1);
  bytes.set(numberToBytesBE(point.y, COORDINATE_BYTES), 33);
  return bytes;
}

export function encodePoint33(point: Point): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes[0] = isOdd(point.y) ? 0x03 : 0x02;
  bytes.set(numberToBytesBE(point.x, COORDINATE_BYTES), 1);
  return bytes;
}

export function negate(point: Point): Point {
  return { x: point.x, y: Fp.neg(point.y) };
}

export function isSamePoint(a: Point, b: Point): boolean {
  return a.x === b.x && a.y === b.y;
}

/** The sum of each pair, null for the identity; one field inversion for all of them. */
export function addPairs(pairs: readonly (readonly [Point, Point])[]): (Point | null)[] {
  const inverses = Fp.invertBatch(pairs.map(([p, q]) => (p.x === q.x ? Fp.add(p.y, p.y) : Fp.sub(q.x, p.x))));
  return pairs.map(([p, q], i) => {
    if (p.x === q.x && p.y !== q.y) return null;
    const rise = p.x === q.x ? Fp.add(Fp.mul(Fp.sqr(p.x), 3n), A) : Fp.sub(q.y, p.y);
    return throughSlope(p, q.x, Fp.mul(rise, inverses[i] as bigint));
  });
}

/** The third point of the addition law: `slope` is that of the line through p and the point with x coordinate `qx`. */
export function throughSlope(p: Point, qx: bigint, slope: bigint): Point {
  const x = Fp.sub(Fp.sub(Fp.sqr(slope), p.x), qx);
  return { x, y: Fp.sub(Fp.mul(slope, Fp.sub(p.x, x)), p.y) };
}

/** A root of `square`, or null when it has none; p = 3 mod 4, so a power gives it. */
function squareRoot(square: bigint): bigint | null {
  const root = Fp.pow(square, (Fp.ORDER + 1n) / 4n);
  return Fp.eql(Fp.sqr(root), square) ? root : null;
}

function isOdd(value: bigint): boolean {
  return (value & 1n) === 1n;
}

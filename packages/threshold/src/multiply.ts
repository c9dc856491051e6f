/**
 * Products s*P with a secret or public scalar, by the backend's constant-time operations (PROTOCOL 2: share operations).
 *
 * The backend gives s*G as a full point but of s*P the x coordinate only. The y coordinate follows without guessing: with P' = s*P,
 * Q = s*G and R = s*(P + G) = P' + Q, the addition law says
 *
 *     x(R) = ((y(P') - y(Q)) / (x(P') - x(Q)))^2 - x(P') - x(Q),
 *
 * in which y(P') stands once as a square, known from the curve equation, and once linearly. Solved for the linear one:
 *
 *     y(P') = (y(P')^2 + y(Q)^2 - (x(R) + x(P') + x(Q)) * (x(P') - x(Q))^2) / (2 * y(Q)).
 *
 * So the result is exactly s*P, at two native products and a share of one field inversion. y(Q) is never 0, and x(P') = x(Q) only
 * when P = G or P = -G, which are answered from Q alone. BigInt sees P, the multiples and Q, never s.
 */
import { crypto } from '@countersign/crypto';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { curveRight, encodePoint65, Fp, G, isSamePoint, negate, type Point, throughSlope } from './point.ts';
import type { Scalar } from './wire.ts';

export interface Product {
  /** 32 bytes, 1..q-1. Jobs with the same array are faster, since the backend prepares a scalar once. */
  readonly scalar: Scalar;
  readonly point: Point;
}

/** scalar * G; 32 bytes, 1..q-1. */
export function multiplyBase(scalar: Scalar): Point {
  const bytes = crypto.p256PublicKey(scalar);
  return { x: bytesToNumberBE(bytes.subarray(1, 33)), y: bytesToNumberBE(bytes.subarray(33)) };
}

/** scalar * point. */
export function multiply(scalar: Scalar, point: Point): Point {
  return multiplyAll([{ scalar, point }])[0] as Point;
}

/** The x coordinate (32 bytes) of scalar * point. */
export function multiplyX(scalar: Scalar, point: Point): Uint8Array {
  return crypto.p256SharedX(scalar, encodePoint65(point));
}

/** Every product, in order; one field inversion for all of them. */
export function multiplyAll(products: readonly Product[]): Point[] {
  const bases = products.map(({ scalar }) => multiplyBase(scalar));
  const inverses = Fp.invertBatch(
    products.flatMap(({ point }, i) => [
      point.x === G.x ? 1n : Fp.sub(G.x, point.x),
      Fp.add((bases[i] as Point).y, (bases[i] as Point).y),
    ]),
  );
  return products.map((product, i) =>
    multiplyWith(product, bases[i] as Point, inverses[2 * i] as bigint, inverses[2 * i + 1] as bigint),
  );
}

/** `base` = scalar*G, `chord` = 1/(x(G) - x(point)), `halfBaseY` = 1/(2*y(base)). */
function multiplyWith({ scalar, point }: Product, base: Point, chord: bigint, halfBaseY: bigint): Point {
  if (point.x === G.x) return isSamePoint(point, G) ? base : negate(base);
  const shifted = throughSlope(point, G.x, Fp.mul(Fp.sub(G.y, point.y), chord));
  const x = bytesToNumberBE(multiplyX(scalar, point));
  const shiftedX = bytesToNumberBE(multiplyX(scalar, shifted));
  const run = Fp.sqr(Fp.sub(x, base.x));
  const sum = Fp.add(Fp.add(shiftedX, x), base.x);
  const squares = Fp.add(curveRight(x), Fp.sqr(base.y));
  return { x, y: Fp.mul(Fp.sub(squares, Fp.mul(sum, run)), halfBaseY) };
}

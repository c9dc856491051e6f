/** Feldman's verifiable sharing: a secret polynomial, its public commitments, and the check of one value (PROTOCOL 13). */
import { ensure } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { p256 } from '@noble/curves/nist.js';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { multiplyBase } from '../multiply.ts';
import { encodePoint33, isSamePoint, type Point } from '../point.ts';
import { createScalar, isScalar, scalarBytes } from '../scalar.ts';
import type { Point33, Scalar } from '../wire.ts';

/** Coefficients a_0, a_1, ... of 32 bytes each; as many as the threshold. */
export type Polynomial = readonly Scalar[];

/** A polynomial of degree t - 1; `constant` is its value at 0, drawn too when it is left out. */
export function createPolynomial(t: number, random: Random, constant?: Scalar): Polynomial {
  return Array.from({ length: t }, (_, k) => (k === 0 && constant !== undefined ? constant : createScalar(random)));
}

/** f(j) in 32 bytes. Horner's rule in BigInt on fixed-size integers: every step has one small factor and one reduction. */
export function evaluatePolynomial(polynomial: Polynomial, j: number): Uint8Array {
  const value = polynomial.reduceRight((sum, coefficient) => (sum * BigInt(j) + bytesToNumberBE(coefficient)) % ORDER, 0n);
  return scalarBytes(value);
}

/** C_k = a_k*G. */
export function commitTo(polynomial: Polynomial): Point33[] {
  return polynomial.map((coefficient) => encodePoint33(multiplyBase(coefficient)));
}

/** f(j)*G from the commitments: sum_k j^k * C_k; null stands for the identity, in the result and among the commitments. */
export function evaluateCommits(commits: readonly (Point | null)[], j: number): Point | null {
  const sum = commits.reduceRight<GroupElement>((sum, commit) => {
    const scaled = times(sum, j);
    return commit === null ? scaled : scaled.add(p256.Point.fromAffine(commit));
  }, p256.Point.ZERO);
  if (sum.is0()) return null;
  const { x, y } = sum.toAffine();
  return { x, y };
}

/** `share` once it is f(j) of the committed polynomial and in 1..q-1, else `ceremony.share_invalid`. */
export function verifyShare(commits: readonly Point[], j: number, share: Uint8Array): Scalar {
  ensure(isScalar(share), 'ceremony.share_invalid');
  const expected = evaluateCommits(commits, j);
  ensure(expected !== null && isSamePoint(expected, multiplyBase(share)), 'ceremony.share_invalid');
  return share;
}

const ORDER = p256.Point.Fn.ORDER;
type GroupElement = typeof p256.Point.BASE;

/** Doubling and adding for an index, which is public and has five bits. */
function times(element: GroupElement, factor: number): GroupElement {
  let product: GroupElement = p256.Point.ZERO;
  for (let bit = 31 - Math.clz32(factor); bit >= 0; bit--) {
    product = product.double();
    if ((factor >>> bit) & 1) product = product.add(element);
  }
  return product;
}

/** Products of secret scalars by the backend, against noble in BigInt. */
import { fromUtf8 } from '@countersign/bytes';
import { p256 } from '@noble/curves/nist.js';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { expect, test } from 'vitest';
import { hashToScalar } from '../../src/index.ts';
import { multiply, multiplyAll, multiplyBase, multiplyX } from '../../src/multiply.ts';
import { encodePoint33, G, negate, type Point } from '../../src/point.ts';
import { scalarBytes } from '../../src/scalar.ts';

const scalar = (i: number) => hashToScalar('pok', fromUtf8(`scalar ${i}`));
const oracle = (s: Uint8Array, { x, y }: Point) => p256.Point.fromAffine({ x, y }).multiply(bytesToNumberBE(s)).toBytes(true);

test('products by the backend equal those of noble in sign and all', () => {
  const products = Array.from({ length: 40 }, (_, i) => ({ scalar: scalar(i), point: multiplyBase(scalar(i + 100)) }));
  expect(multiplyAll(products).map(encodePoint33)).toEqual(products.map(({ scalar, point }) => oracle(scalar, point)));
});

test.each([
  ['1', 1n],
  ['2', 2n],
  ['q - 1', p256.Point.Fn.ORDER - 1n],
  ['q - 2', p256.Point.Fn.ORDER - 2n],
])('the scalar %s is no exception', (_, value) => {
  const point = multiplyBase(scalar(1));
  expect(encodePoint33(multiply(scalarBytes(value), point))).toEqual(oracle(scalarBytes(value), point));
});

test.each([
  ['G', G],
  ['-G', negate(G)],
  ['2G', multiplyBase(scalarBytes(2n))],
  ['-2G', negate(multiplyBase(scalarBytes(2n)))],
])('the point %s, for which the shift by G degenerates or comes near, is no exception', (_, point) => {
  expect(encodePoint33(multiply(scalar(7), point))).toEqual(oracle(scalar(7), point));
  expect(multiplyX(scalar(7), point)).toEqual(oracle(scalar(7), point).subarray(1));
});

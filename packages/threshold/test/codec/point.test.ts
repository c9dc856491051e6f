/** Points, scalars and the second generator (PROTOCOL 2, 3). */
import { concat, fromHex, toHex } from '@countersign/bytes';
import { p256, p256_hasher } from '@noble/curves/nist.js';
import { describe, expect, test } from 'vitest';
import { encodePoint33, encodePoint65, GBAR, parsePoint, parsePoint33, parsePoint65, parseScalar } from '../../src/index.ts';
import { addPairs, G, negate } from '../../src/point.ts';
import { codeOf } from '../codes.ts';

const P = fromHex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff');
const Q = fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const ONE = concat(new Uint8Array(31), Uint8Array.of(1));
const at65 = (prefix: number, x: Uint8Array, y: Uint8Array) => concat(Uint8Array.of(prefix), x, y);
const at33 = (prefix: number, x: Uint8Array) => concat(Uint8Array.of(prefix), x);

describe('PROTOCOL 3: points', () => {
  test.each([
    ['length before anything', new Uint8Array(64), 'point.malformed'],
    ['a single zero byte, the SEC1 identity', new Uint8Array(1), 'point.malformed'],
    ['all zeros before the prefix', new Uint8Array(65), 'point.identity'],
    ['prefix before the coordinates', at65(6, P, P), 'point.malformed'],
    ['coordinates before the curve: x = p', at65(4, P, ONE), 'point.malformed'],
    ['coordinates before the curve: y = p', at65(4, ONE, P), 'point.malformed'],
    ['zero coordinates under a good prefix', at65(4, new Uint8Array(32), new Uint8Array(32)), 'point.off_curve'],
    ['off curve', at65(4, ONE, ONE), 'point.off_curve'],
  ])('Point65: %s', (_, bytes, code) => expect(codeOf(() => parsePoint65(bytes))).toBe(code));

  test.each([
    ['length before anything', new Uint8Array(32), 'point.malformed'],
    ['all zeros before the prefix', new Uint8Array(33), 'point.identity'],
    ['prefix of the other form', at33(4, ONE), 'point.malformed'],
    ['x = p', at33(2, P), 'point.malformed'],
    ['no y for this x', at33(2, ONE), 'point.off_curve'],
  ])('Point33: %s', (_, bytes, code) => expect(codeOf(() => parsePoint33(bytes))).toBe(code));

  test('both forms of both signs come back', () => {
    for (const point of [G, negate(G), GBAR]) {
      expect(parsePoint(encodePoint65(point))).toEqual(point);
      expect(parsePoint(encodePoint33(point))).toEqual(point);
    }
  });

  test('the addition law knows doubling and the identity', () => {
    const [doubled, none] = addPairs([
      [G, G],
      [G, negate(G)],
    ]);
    expect(toHex(encodePoint33(doubled as typeof G))).toBe(p256.Point.BASE.double().toHex(true));
    expect(none).toBeNull();
  });
});

describe('PROTOCOL 3: scalars', () => {
  test('0 and q are out of range, 1 and q - 1 are not', () => {
    expect(codeOf(() => parseScalar(new Uint8Array(32)))).toBe('scalar.out_of_range');
    expect(codeOf(() => parseScalar(Q))).toBe('scalar.out_of_range');
    expect(parseScalar(ONE)).toBe(1n);
    const last = Q.slice();
    last[31] = 0x50;
    expect(parseScalar(last)).toBe(p256.Point.Fn.ORDER - 1n);
  });
});

test('PROTOCOL 2: Gbar is what hash_to_curve gives for its message and DST', () => {
  const message = new TextEncoder().encode('AC1 TDH2 second generator');
  const derived = p256_hasher.hashToCurve(message, { DST: 'AC1-V1-TDH2-P256_XMD:SHA-256_SSWU_RO_' });
  expect(toHex(encodePoint65(GBAR))).toBe(derived.toHex(false));
});

/** CustodyKey: counts that contradict each other are refused where they are read, signatures by `verifyCustodyKey` (PROTOCOL 3, 4). */
import { encode } from '@countersign/bytes';
import { expect, test } from 'vitest';
import { custodyKeyCodec, signCustodyKey, verifyCustodyKey } from '../../src/index.ts';
import { custodyKeyOf, rootKey, rootSeed } from '../custody-key.ts';
import { bytesOf, codeOf, DAY, networkId, Y } from '../messenger.ts';

const { body, key } = custodyKeyOf(3, 5);
const T_OFFSET = 2 + 16 + 4 + 65 + 32;
const N_OFFSET = T_OFFSET + 1;
const expected = { networkId, rootKey };

function withByte(offset: number, value: number): Uint8Array {
  const bytes = encode(custodyKeyCodec, key);
  bytes[offset] = value;
  return bytes;
}

test('a key with every signature is proven', () => {
  const ref = { custodyKeyId: key.custodyKeyId, Y, fromDay: DAY - 10, toDay: DAY };
  expect(verifyCustodyKey(encode(custodyKeyCodec, key), { ...expected, ref })).toEqual(key);
});

test.each([
  ['t below 2', T_OFFSET, 1],
  ['t above n', T_OFFSET, 6],
  ['n above 31', N_OFFSET, 32],
  ['n that the list does not hold', N_OFFSET, 4],
  ['an index out of order', N_OFFSET + 7, 2],
])('%s is decode.value', (_, offset, value) => {
  expect(codeOf(() => verifyCustodyKey(withByte(offset, value), expected))).toBe('decode.value');
});

test('a signature too few or too many is decode.length', () => {
  const bytes = encode(custodyKeyCodec, key);
  const prefix = bytes.length - 6 * 64 - 2;
  const short = bytes.slice(0, -64);
  short.set([0x01, 0x40], prefix);
  expect(codeOf(() => verifyCustodyKey(short, expected))).toBe('decode.length');
});

test.each([0, 4, 5])('signature %i of another key is custody_key.invalid', (i) => {
  const sigs = key.sigs.with(i, signCustodyKey(body, bytesOf('stranger')));
  expect(codeOf(() => verifyCustodyKey(encode(custodyKeyCodec, { ...key, sigs }), expected))).toBe('custody_key.invalid');
});

test('an id that is not the hash of what it names is custody_key.invalid, whoever signed it', () => {
  const forged = { ...body, custodyKeyId: bytesOf('another id') };
  const seeds = [...body.custodians.map(({ index }) => bytesOf(`custodian ${index}`)), rootSeed];
  const sigs = seeds.map((seed) => signCustodyKey(forged, seed));
  expect(codeOf(() => verifyCustodyKey(encode(custodyKeyCodec, { ...forged, sigs }), expected))).toBe('custody_key.invalid');
});

test('a key that is not the one of the profile is custody_key.invalid', () => {
  const ref = { custodyKeyId: key.custodyKeyId, Y, fromDay: DAY, toDay: DAY };
  expect(codeOf(() => verifyCustodyKey(encode(custodyKeyCodec, key), { ...expected, ref }))).toBe('custody_key.invalid');
});

test('a key of another network is custody_key.invalid, though the same root signed it', () => {
  const elsewhere = { networkId: bytesOf('another network', 16), rootKey };
  expect(codeOf(() => verifyCustodyKey(encode(custodyKeyCodec, key), elsewhere))).toBe('custody_key.invalid');
});

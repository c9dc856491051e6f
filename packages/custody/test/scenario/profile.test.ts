/** The chain of network profiles, and what a root cannot slip into one. */
import { encode } from '@countersign/bytes';
import { expect, test } from 'vitest';
import {
  annexCodec,
  createProfile,
  custodyKeyOfDay,
  ensureProfileCurrent,
  type NetworkProfile,
  objectHash,
  profileCodec,
  verifyAnnex,
  verifyProfile,
  verifyProfileChain,
} from '../../src/index.ts';
import { annex, bytesOf, codeOf, DAY, NOW, profile, publicKeyOf } from '../court.ts';

const rootKey = publicKeyOf('root');
const encoded = (changes: Partial<NetworkProfile>, signer = 'root') =>
  encode(profileCodec, createProfile({ ...profile, ...changes }, bytesOf(signer)));
const first = encoded({});
const link = { prevProfile: objectHash(profileCodec, profile) };
const second = encoded({ ...link, profileSeq: 2 });

test('each profile follows on the one before', () => {
  expect(verifyProfileChain([first, second], rootKey).profileSeq).toBe(2);
  expect(codeOf(() => verifyProfileChain([first, second, first], rootKey))).toBe('profile.stale');
  expect(codeOf(() => verifyProfileChain([first, encoded({ profileSeq: 2 })], rootKey))).toBe('profile.invalid');
  expect(codeOf(() => verifyProfileChain([second], rootKey))).toBe('profile.invalid');
  expect(codeOf(() => verifyProfileChain([], rootKey))).toBe('profile.invalid');
});

const [w1, w2, w3] = profile.witnesses;
const [key] = profile.custodyKeys;
if (w1 === undefined || w2 === undefined || w3 === undefined || key === undefined)
  throw new RangeError('the profile is too short');
const faults: readonly (readonly [string, Uint8Array])[] = [
  ['another signer', encoded({}, 'registrar')],
  ['a minority of witnesses', encoded({ witnessW: 1 })],
  ['more witnesses asked for than named', encoded({ witnessW: 4 })],
  ['one witness key under two names', encoded({ witnesses: [w1, w2, { ...w3, key: w1.key }] })],
  ['a gap between custody keys', encoded({ custodyKeys: [key, { ...key, fromDay: key.toDay + 2, toDay: key.toDay + 3 }] })],
  ['a custody key that ends before it begins', encoded({ custodyKeys: [{ ...key, toDay: key.fromDay - 1 }] })],
  ['a custody key under the id of another', encoded({ custodyKeys: [{ ...key, custodyKeyId: bytesOf('other') }] })],
];
test.each(faults)('%s is profile.invalid', (_, bytes) => {
  expect(codeOf(() => verifyProfile(bytes, rootKey, null))).toBe('profile.invalid');
});

test('a profile covers its own time, and a clock may be a little behind', () => {
  const at = (time: bigint) => codeOf(() => ensureProfileCurrent(profile, Number(time)));
  expect([at(BigInt(NOW)), at(profile.issued - 600n), at(profile.validTo - 1n)]).toEqual(['ok', 'ok', 'ok']);
  expect([at(profile.issued - 601n), at(profile.validTo)]).toEqual(['profile.stale', 'profile.stale']);
});

test('the annex is the one that the profile names', () => {
  const bytes = encode(annexCodec, annex);
  expect(verifyAnnex(bytes, profile.purposeAnnex).agencies).toHaveLength(2);
  expect(codeOf(() => verifyAnnex(bytes, bytesOf('other')))).toBe('profile.invalid');
});

test('a day has at most one custody key', () => {
  expect(custodyKeyOfDay(profile, DAY)?.custodyKeyId).toEqual(key.custodyKeyId);
  expect(custodyKeyOfDay(profile, key.toDay + 1)).toBeNull();
});

/** The ECDH cases of Wycheproof whose keys are compressed or empty, through the codec that accepts points (PROTOCOL 3). */
import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { encodePoint65, parsePoint } from '@countersign/threshold';
import { expect, test } from 'vitest';

interface EcdhTest {
  readonly tcId: number;
  readonly comment: string;
  readonly public: string;
  readonly private: string;
  readonly shared: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

const FILE = new URL('../data/wycheproof/ecdh_secp256r1_ecpoint_test.json', import.meta.url);
const cases = (JSON.parse(readFileSync(FILE, 'utf8')) as { testGroups: { tests: EcdhTest[] }[] }).testGroups.flatMap(
  ({ tests }) => tests,
);

/** "acceptable" marks compressed keys, which AC1 has. */
test('every key is a point exactly when its case is no attack', () => {
  const wrong = cases.filter((entry) => isPoint(entry.public) !== (entry.result !== 'invalid'));
  expect(wrong.map(({ tcId, comment }) => `${tcId} ${comment}`)).toEqual([]);
  expect(cases).toHaveLength(355);
});

test('a compressed key gives the shared x of its case', () => {
  const compressed = cases.filter((entry) => entry.result === 'acceptable');
  expect(compressed).toHaveLength(1);
  for (const entry of compressed) {
    const point = encodePoint65(parsePoint(fromHex(entry.public)));
    expect(toHex(crypto.p256SharedX(fromHex(entry.private), point))).toBe(entry.shared);
  }
});

function isPoint(hex: string): boolean {
  try {
    parsePoint(fromHex(hex));
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^point\./) });
    return false;
  }
}

/** No bit of an evidence file can change unseen: not in a member, not in the archive around it, and not behind new checksums (PROTOCOL 14). */
import { Ac1Error, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { formatContainer } from '../../src/container.ts';
import { createEvidenceFile, verifyEvidence } from '../../src/index.ts';
import { withSums } from '../../src/layout.ts';
import { publicKeyOf, Trial } from '../trial.ts';

const SEED = 'one bit of evidence';
const rootKey = publicKeyOf('root');
const file = createEvidenceFile(new Trial().parts);
const members = new Map(Object.entries(unzipSync(file)));

function outcome(bytes: Uint8Array): string {
  try {
    verifyEvidence(bytes, { rootKey });
    return 'ok';
  } catch (error) {
    return error instanceof Ac1Error ? error.code : `not coded: ${error}`;
  }
}

/** A number below `below` that depends on the seed and `name`. */
function draw(name: string, below: number): number {
  const digest = crypto.sha256(new TextEncoder().encode(`${SEED} ${name}`));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0) % below;
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

test('the file as it is verifies', () => {
  expect(outcome(file)).toBe('ok');
});

test('600 bits drawn over the whole archive: each is refused with a code', () => {
  for (let i = 0; i < 600; i++) {
    const bit = draw(`archive ${i}`, 8 * file.length);
    expect([bit, outcome(flipped(file, bit))]).toEqual([bit, 'evidence.invalid']);
  }
});

test('every member, some bits each, with checksums made new: each is refused with a code', () => {
  const contents = [...members].filter(([name]) => name !== 'SHA256SUMS' && name !== 'README.txt');
  expect(contents.length).toBeGreaterThan(60);
  for (const [name, bytes] of contents) {
    for (let i = 0; i < 4; i++) {
      const bit = draw(`${name} ${i}`, 8 * bytes.length);
      const changed = new Map<string, Uint8Array>([...members].filter(([other]) => other !== 'SHA256SUMS'));
      changed.set(name, flipped(bytes, bit));
      const code = outcome(formatContainer(withSums(changed)));
      expect([name, bit, code === 'ok' || code.startsWith('not coded')]).toEqual([name, bit, false]);
    }
  }
}, 60_000);

test('every member, taken away: evidence.incomplete', () => {
  for (const name of members.keys()) {
    const fewer = new Map([...members].filter(([other]) => other !== name));
    expect([name, outcome(formatContainer(fewer))]).toEqual([name, 'evidence.incomplete']);
  }
});

test('strange archives are refused before anything in them is looked at', () => {
  const stray = new Map([...members].filter(([name]) => name !== 'SHA256SUMS'));
  const withStray = (name: string): string => outcome(formatContainer(withSums(new Map([...stray, [name, Uint8Array.of(1)]]))));
  for (const name of [
    '../escape.bin',
    '/absolute',
    'log/x.entry',
    'notes.txt',
    'log\\1.entry',
    'a/b/c.txt',
    `${'a'.repeat(200)}.bin`,
  ]) {
    expect([name, withStray(name)]).toEqual([name, 'evidence.invalid']);
  }
  expect(outcome(new Uint8Array(0))).toBe('evidence.invalid');
  expect(outcome(file.subarray(0, file.length - 1))).toBe('evidence.invalid');
  expect(outcome(Uint8Array.from([...file, 0]))).toBe('evidence.invalid');
  expect(toHex(crypto.sha256(file))).toBe(toHex(crypto.sha256(createEvidenceFile(new Trial().parts))));
});

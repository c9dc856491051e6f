/** 100,000 random inputs to each decoder end in a value or in our own error, and every value has one encoding (PROTOCOL 3). */
import { Ac1Error, type Codec, concat, decode, encode, equal } from '@countersign/bytes';
import fc from 'fast-check';
import { test } from 'vitest';
import {
  ceremonyContext,
  ceremonyOpenCodec,
  complaintCodec,
  createRound1,
  createRound2,
  custodianCodec,
  dleqContextCodec,
  openRound2,
  parsePoint,
  parsePoint33,
  parsePoint65,
  parseRound1,
  releaseShareCodec,
  round1Codec,
  round2Codec,
  scopeProofCodec,
  verifyCeremonyOpen,
} from '../../src/index.ts';
import { openDkg, people, person, seededRandom } from '../parties.ts';

const RUNS = 100_000;
const random = seededRandom('decoders');
const members = people('decoders', 2);
const open = openDkg(2, members);
const ctx = ceremonyContext(open);
const author = person('decoders 1');
const round1 = createRound1(ctx, 1, [random(32), random(32)], random, author.seed);
const round2 = createRound2({ ctx, i: 1, j: 2 }, random(32), author.hpkeKey, random, author.seed);
const openBytes = encode(ceremonyOpenCodec, open);
const contextBytes = concat(Uint8Array.of(0, 1), new Uint8Array(85));

/** Decodes, and fails when the value would be written in another way than it was read. */
function whole<T>(codec: Codec<T>): (bytes: Uint8Array) => void {
  return (bytes) => {
    if (!equal(encode(codec, decode(codec, bytes)), bytes)) throw new Error('a value with two encodings');
  };
}

const decoders: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ['CeremonyOpen', openBytes, whole(ceremonyOpenCodec)],
  ['CeremonyOpen and its rules', openBytes, (bytes) => verifyCeremonyOpen(decode(ceremonyOpenCodec, bytes))],
  ['Custodian', encode(custodianCodec, open.members[0] as (typeof open.members)[0]), whole(custodianCodec)],
  ['Round1', round1, whole(round1Codec)],
  ['Round1 and its points', round1, (bytes) => parseRound1(open, bytes)],
  ['Round2', round2, whole(round2Codec)],
  ['Complaint', new Uint8Array(36), whole(complaintCodec)],
  ['DleqContext', contextBytes, whole(dleqContextCodec)],
  ['ReleaseShare', new Uint8Array(97), whole(releaseShareCodec)],
  ['ScopeProof', new Uint8Array(97), whole(scopeProofCodec)],
  ['Point65', author.hpkeKey, parsePoint65],
  ['Point33', concat(Uint8Array.of(2), author.hpkeKey.subarray(1, 33)), parsePoint33],
  ['either point', author.hpkeKey, parsePoint],
];

/** Random bytes alone seldom get past a length prefix, so half of the inputs are a valid one with some bytes changed, cut or added. */
function inputs(valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 });
  const mutated = fc.tuple(edits, fc.integer({ min: -3, max: 3 })).map(([changes, growth]) => {
    const bytes = concat(valid, new Uint8Array(3)).slice(0, valid.length + growth);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  return fc.oneof(fc.uint8Array({ maxLength: valid.length + 8 }), mutated);
}

test.each(decoders)('%s', { timeout: 120_000 }, (_, valid, read) => {
  fc.assert(
    fc.property(inputs(valid), (bytes) => {
      try {
        read(bytes);
      } catch (error) {
        if (!(error instanceof Ac1Error)) throw error;
      }
    }),
    { numRuns: RUNS },
  );
});

test('Round2 opened from random changes is refused as decode.* or ceremony.share_invalid', () => {
  fc.assert(
    fc.property(inputs(round2), (bytes) => {
      try {
        openRound2({ ctx, i: 1, j: 2 }, bytes, author.sigKey, author.hpkeSecret, []);
        return false;
      } catch (error) {
        return error instanceof Ac1Error && /^(decode\..*|ceremony\.share_invalid)$/.test(error.code);
      }
    }),
    { numRuns: 1_000 },
  );
});

/** Whatever bytes come from outside, each parser ends in a value that formats back, or in one of our own errors. */
import { Ac1Error, concat, fromUtf8, toHex, toUtf8 } from '@countersign/bytes';
import {
  formatAddCheckpoint,
  formatEntryBundle,
  formatNote,
  formatProofFile,
  formatSignerKey,
  formatTilePath,
  formatVerifierKey,
  parseAddCheckpoint,
  parseCheckpoint,
  parseCosignaturesAnswer,
  parseEntryBundle,
  parseNote,
  parseProofFile,
  parseSignerKey,
  parseSizeAnswer,
  parseTilePath,
  parseVerifierKey,
  TlogError,
  verifyCheckpoint,
} from '@countersign/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logKey, NOW, policy, witnessed } from '../parties.ts';
import { grow, leafHashes } from '../trees.ts';

const RUNS = 100_000;
const tree = grow(leafHashes(0, 20));
const checkpoint = witnessed(tree.head());
const proof = tree.proveInclusion(3);
const proofFile = formatProofFile({ extra: fromUtf8('x'), index: 3, proof, checkpoint });
const request = formatAddCheckpoint({ oldSize: 8, proof: tree.proveConsistency(8), checkpoint });

/** Each parser, joined with its formatter: parsing accepts one spelling, so formatting gives the input back. */
const parsers: Record<
  string,
  { valid: Uint8Array; again: ((bytes: Uint8Array) => Uint8Array) | null; parse: (bytes: Uint8Array) => unknown }
> = {
  parseNote: { valid: checkpoint, parse: parseNote, again: (bytes) => formatNote(parseNote(bytes)) },
  parseCheckpoint: { valid: checkpoint, parse: parseCheckpoint, again: (bytes) => formatNote(parseCheckpoint(bytes).note) },
  verifyCheckpoint: { valid: checkpoint, parse: (bytes) => verifyCheckpoint(bytes, policy, NOW), again: null },
  parseProofFile: { valid: proofFile, parse: parseProofFile, again: (bytes) => formatProofFile(parseProofFile(bytes)) },
  parseAddCheckpoint: {
    valid: request,
    parse: parseAddCheckpoint,
    again: (bytes) => formatAddCheckpoint(parseAddCheckpoint(bytes)),
  },
  parseCosignaturesAnswer: { valid: checkpoint.slice(checkpoint.lastIndexOf(0xe2)), parse: parseCosignaturesAnswer, again: null },
  parseSizeAnswer: { valid: fromUtf8('20\n'), parse: parseSizeAnswer, again: (bytes) => fromUtf8(`${parseSizeAnswer(bytes)}\n`) },
  parseEntryBundle: {
    valid: formatEntryBundle([fromUtf8('one'), fromUtf8('two')]),
    parse: (bytes) => parseEntryBundle(bytes, 2),
    again: (bytes) => formatEntryBundle(parseEntryBundle(bytes, 2)),
  },
  parseTilePath: {
    valid: fromUtf8('tile/0/x001/234.p/5'),
    parse: (bytes) => parseTilePath(toUtf8(bytes) ?? ''),
    again: (bytes) => fromUtf8(formatTilePath(parseTilePath(toUtf8(bytes) ?? ''))),
  },
  parseVerifierKey: {
    valid: fromUtf8(formatVerifierKey(logKey)),
    parse: (bytes) => parseVerifierKey(toUtf8(bytes) ?? ''),
    again: (bytes) => fromUtf8(formatVerifierKey(parseVerifierKey(toUtf8(bytes) ?? ''))),
  },
  parseSignerKey: {
    valid: fromUtf8(formatSignerKey(logKey)),
    parse: (bytes) => parseSignerKey(toUtf8(bytes) ?? ''),
    again: (bytes) => fromUtf8(formatSignerKey(parseSignerKey(toUtf8(bytes) ?? ''))),
  },
};

/** Random bytes, and valid input in which a stretch was cut out, doubled or overwritten: those get deep into a parser. */
function hostile(valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat({ max: valid.length });
  const mutated = fc.tuple(place, place, fc.uint8Array({ maxLength: 6 }), fc.boolean()).map(([a, b, inserted, keep]) => {
    const [from, to] = a < b ? [a, b] : [b, a];
    const end = keep ? from + inserted.length : to;
    return concat(valid.subarray(0, from), inserted, valid.subarray(Math.min(end, valid.length)));
  });
  const alphabet = fc.constantFrom(...fromUtf8('\n\n +/=.-0123456789axpold tile\u2014'));
  return fc.oneof(
    mutated,
    fc.uint8Array({ maxLength: 64 }),
    fc.array(alphabet, { maxLength: 64 }).map((bytes) => Uint8Array.from(bytes)),
  );
}

describe('parsers', () => {
  for (const [name, { valid, parse, again }] of Object.entries(parsers)) {
    it(`${name}: one spelling or a coded error, for ${RUNS} inputs`, { timeout: 60_000 }, () => {
      parse(valid);
      fc.assert(
        fc.property(hostile(valid), (bytes) => {
          try {
            parse(bytes);
          } catch (error) {
            return error instanceof TlogError || error instanceof Ac1Error;
          }
          return again === null || toHex(again(bytes)) === toHex(bytes);
        }),
        { numRuns: RUNS },
      );
    });
  }
});

describe('limits', () => {
  it('keep a parser from reading what is too long to be meant', () => {
    expect(() => parseNote(new Uint8Array(1_000_001))).toThrow('note.malformed');
    expect(() => parseProofFile(new Uint8Array(2_000_001))).toThrow('proof.malformed');
    expect(() => parseAddCheckpoint(new Uint8Array(1_004_097))).toThrow('witness.malformed');
  });
});

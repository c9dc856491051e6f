/** A log that lies: forks, rewinds, old cosignatures, borrowed signatures (design property P5: no forked log is accepted). */
import { fromUtf8 } from '@countersign/bytes';
import {
  createCheckpoint,
  createCosignature,
  createNoteSignature,
  decideAddCheckpoint,
  deriveSignerKey,
  entryHash,
  formatAddCheckpoint,
  formatNote,
  formatProofFile,
  LOG_KEY,
  parseNote,
  parseProofFile,
  type SignerKey,
  verifyCheckpoint,
  verifyFollows,
  verifyProofFile,
  WITNESS_KEY,
  type WitnessRecord,
} from '@countersign/tlog';
import { describe, expect, it } from 'vitest';
import { flip, logKey, NOW, policy, seed, witnessConfig, witnessed, witnessKeys } from '../parties.ts';
import { grow, leafHashes } from '../trees.ts';

const HASHES = leafHashes(0, 60);
const honest = grow(HASHES);
/** The same first 30 entries, then others. */
const forked = grow([...HASHES.slice(0, 30), ...leafHashes(1000, 1030)]);
const verify = (bytes: Uint8Array, now = NOW): ReturnType<typeof verifyCheckpoint> => verifyCheckpoint(bytes, policy, now);

describe('a forked log', () => {
  it('does not pass a verifier that holds the other branch, whatever proof it offers', () => {
    const held = verify(witnessed(honest.head(40)));
    for (const size of [40, 41, 60]) {
      const next = verify(witnessed(forked.head(size)));
      for (const tree of [honest, forked]) {
        expect(() => verifyFollows(held, next, tree.proveConsistency(40, size))).toThrow('log.inconsistent');
      }
    }
  });

  it('gets no cosignature from a witness that cosigned the other branch', () => {
    const key = witnessKeys[0] as SignerKey;
    const config = witnessConfig(key);
    const first = decideAddCheckpoint(
      formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: createCheckpoint(honest.head(40), logKey) }),
      new Map(),
      config,
      NOW,
    );
    const held = new Map<string, WitnessRecord>([[logKey.name, first.record as WitnessRecord]]);
    for (const size of [40, 50]) {
      const checkpoint = createCheckpoint(forked.head(size), logKey);
      const body = formatAddCheckpoint({ oldSize: 40, proof: forked.proveConsistency(40, size), checkpoint });
      expect(decideAddCheckpoint(body, held, config, NOW)).toMatchObject({ status: 422, record: null });
    }
  });

  it('cannot be witnessed on both branches while a majority of witnesses is honest', () => {
    const branches = [honest, forked].map((tree) => createCheckpoint(tree.head(45), logKey));
    const cosigned = [0, 0];
    for (const [i, key] of witnessKeys.entries()) {
      let held = new Map<string, WitnessRecord>();
      // The log shows each witness another branch first.
      for (const branch of i % 2 === 0 ? [0, 1] : [1, 0]) {
        const body = formatAddCheckpoint({
          oldSize: held.size === 0 ? 0 : 45,
          proof: [],
          checkpoint: branches[branch] as Uint8Array,
        });
        const answer = decideAddCheckpoint(body, held, witnessConfig(key), NOW);
        if (answer.record !== null) {
          held = new Map([[answer.record.origin, answer.record]]);
          cosigned[branch] = (cosigned[branch] as number) + 1;
        }
      }
    }
    expect(cosigned.filter((count) => count >= policy.witnessW)).toHaveLength(1);
  });
});

describe('a rewound log', () => {
  it('never lowers what a verifier holds, though an older honest checkpoint is still fresh', () => {
    const held = verify(witnessed(honest.head(40)));
    const older = verify(witnessed(honest.head(35)));
    expect(verifyFollows(held, older, honest.proveConsistency(35, 40))).toBe(held);
    expect(verifyFollows(null, older, [])).toBe(older);
  });

  it('is refused when the smaller tree is not the beginning of the larger', () => {
    const held = verify(witnessed(honest.head(40)));
    const rewritten = verify(witnessed(forked.head(35)));
    expect(() => verifyFollows(held, rewritten, honest.proveConsistency(35, 40))).toThrow('log.inconsistent');
  });

  it('makes a witness answer with the size it knows', () => {
    const config = witnessConfig(witnessKeys[0] as SignerKey);
    const record = { origin: logKey.name, ...honest.head(40), checkpoint: new Uint8Array(0) };
    for (const oldSize of [0, 30, 35]) {
      const checkpoint = createCheckpoint(honest.head(35), logKey);
      const body = formatAddCheckpoint({ oldSize, proof: honest.proveConsistency(oldSize, 35), checkpoint });
      expect(decideAddCheckpoint(body, new Map([[logKey.name, record]]), config, NOW)).toMatchObject({
        status: 409,
        body: '40\n',
      });
    }
  });
});

describe('cosignatures', () => {
  it('grow old: a replayed one proves nothing about now', () => {
    const replayed = witnessed(honest.head(40), witnessKeys, NOW);
    expect(verify(replayed, NOW + 600).size).toBe(40);
    expect(() => verify(replayed, NOW + 601)).toThrow('log.not_witnessed');
  });

  it('do not count from the future, nor twice for one witness', () => {
    expect(verify(witnessed(honest.head(40), witnessKeys, NOW + 60)).size).toBe(40);
    expect(() => verify(witnessed(honest.head(40), witnessKeys, NOW + 61))).toThrow('log.not_witnessed');
    const [one] = witnessKeys;
    expect(() => verify(witnessed(honest.head(40), [one as SignerKey, one as SignerKey]))).toThrow('log.not_witnessed');
  });

  it('count once for a key that is listed under two names', () => {
    const twin = deriveSignerKey('twin.example', WITNESS_KEY, seed(2));
    const listed = { ...policy, witnesses: [...policy.witnesses, { name: twin.name, publicKey: twin.publicKey }] };
    const bytes = witnessed(honest.head(40), [witnessKeys[0] as SignerKey, twin]);
    expect(() => verifyCheckpoint(bytes, listed, NOW)).toThrow('log.not_witnessed');
  });

  it('are not moved to another checkpoint, nor to a later time', () => {
    const note = parseNote(createCheckpoint(honest.head(40), logKey));
    const other = parseNote(createCheckpoint(honest.head(41), logKey));
    const borrowed = createCosignature(other.text, witnessKeys[0] as SignerKey, NOW);
    expect(() => verify(formatNote({ ...note, signatures: [...note.signatures, borrowed] }))).toThrow('log.checkpoint_invalid');
    const own = createCosignature(note.text, witnessKeys[0] as SignerKey, NOW - 700);
    const later = { ...own, signature: flip(own.signature, 6) };
    expect(() => verify(formatNote({ ...note, signatures: [...note.signatures, later] }))).toThrow('log.checkpoint_invalid');
  });

  it('of a stranger or by the log itself do not count, and do no harm', () => {
    const note = parseNote(createCheckpoint(honest.head(40), logKey));
    const stranger = deriveSignerKey('stranger.example', WITNESS_KEY, seed(77));
    const itself = deriveSignerKey(logKey.name, WITNESS_KEY, logKey.seed);
    const lines = [stranger, itself].map((key) => createCosignature(note.text, key, NOW));
    const one = createCosignature(note.text, witnessKeys[0] as SignerKey, NOW);
    expect(() => verify(formatNote({ ...note, signatures: [...note.signatures, ...lines, one] }))).toThrow('log.not_witnessed');
    const two = createCosignature(note.text, witnessKeys[1] as SignerKey, NOW);
    expect(verify(formatNote({ ...note, signatures: [...lines, one, ...note.signatures, two] })).cosignatures).toHaveLength(2);
  });

  it("do not replace the log's own signature", () => {
    const note = parseNote(createCheckpoint(honest.head(40), logKey));
    const lines = witnessKeys.map((key) => createCosignature(note.text, key, NOW));
    expect(() => verify(formatNote({ ...note, signatures: lines }))).toThrow('log.checkpoint_invalid');
    const plain = createNoteSignature(note.text, deriveSignerKey('witness2.example', LOG_KEY, seed(2)));
    expect(() => verify(formatNote({ ...note, signatures: [plain, ...lines] }))).toThrow('log.checkpoint_invalid');
  });
});

describe('an exhibit', () => {
  const file = formatProofFile({
    extra: fromUtf8('context'),
    index: 12,
    proof: honest.proveInclusion(12),
    checkpoint: witnessed(honest.head()),
  });
  const court = { ...policy, checkpointMaxAgeS: Number.POSITIVE_INFINITY };
  const YEARS_LATER = NOW + 5 * 365 * 86_400;

  it('proves its entry years later, offline', () => {
    const parsed = parseProofFile(file);
    expect(parsed.extra).toEqual(fromUtf8('context'));
    expect(verifyProofFile(parsed, HASHES[12] as Uint8Array, court, YEARS_LATER)).toMatchObject({
      index: 12,
      checkpoint: { size: 60 },
    });
    expect(() => verifyProofFile(parsed, HASHES[12] as Uint8Array, policy, YEARS_LATER)).toThrow('log.not_witnessed');
  });

  it('proves no other entry and no other index', () => {
    const parsed = parseProofFile(file);
    expect(() => verifyProofFile(parsed, entryHash(fromUtf8('leaf13')), court, YEARS_LATER)).toThrow('log.not_included');
    expect(() => verifyProofFile({ ...parsed, index: 13 }, HASHES[12] as Uint8Array, court, YEARS_LATER)).toThrow(
      'log.not_included',
    );
  });

  it('is worth nothing with a tree that no witness saw', () => {
    const made = {
      extra: null,
      index: 45,
      proof: forked.proveInclusion(45),
      checkpoint: createCheckpoint(forked.head(), logKey),
    };
    const parsed = parseProofFile(formatProofFile(made));
    expect(() => verifyProofFile(parsed, leafHashes(1015, 1016)[0] as Uint8Array, court, YEARS_LATER)).toThrow(
      'log.not_witnessed',
    );
  });
});

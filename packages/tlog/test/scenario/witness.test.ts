/** A witness answers add-checkpoint with each status of C2SP tlog-witness, and remembers only what it cosigned. */
import { concat, fromUtf8, toUtf8 } from '@countersign/bytes';
import {
  addCosignatures,
  createCheckpoint,
  decideAddCheckpoint,
  deriveSignerKey,
  EMPTY_ROOT,
  formatAddCheckpoint,
  formatNote,
  LOG_KEY,
  parseCheckpoint,
  parseCosignaturesAnswer,
  parseNote,
  parseSizeAnswer,
  verifyCheckpoint,
  type WitnessAnswer,
  type WitnessRecord,
  witnessCheckpointPath,
} from '@countersign/tlog';
import { describe, expect, it } from 'vitest';
import { flip, logKey, NOW, ORIGIN, policy, seed, witnessConfig, witnessed, witnessKeys } from '../parties.ts';
import { grow, leafHashes } from '../trees.ts';

const [witnessKey] = witnessKeys;
if (witnessKey === undefined) throw new Error('no witness');
const config = witnessConfig(witnessKey);
const tree = grow(leafHashes(0, 40));

type Held = ReadonlyMap<string, WitnessRecord>;
const nothing: Held = new Map();

function ask(
  held: Held,
  oldSize: number,
  newSize: number,
  edit: { proof?: Uint8Array[]; checkpoint?: Uint8Array; now?: number } = {},
): WitnessAnswer {
  const checkpoint = edit.checkpoint ?? createCheckpoint(tree.head(newSize), logKey);
  const proof = edit.proof ?? (oldSize <= newSize ? tree.proveConsistency(oldSize, newSize) : []);
  return decideAddCheckpoint(formatAddCheckpoint({ oldSize, proof, checkpoint }), held, config, edit.now ?? NOW);
}

function after(answer: WitnessAnswer): Held {
  if (answer.record === null) throw new Error(`status ${answer.status}`);
  return new Map([[answer.record.origin, answer.record]]);
}

const at10 = after(ask(nothing, 0, 10));

describe('200', () => {
  it('cosigns a first checkpoint, its growth, and the same again', () => {
    const grown = ask(at10, 10, 25);
    expect(grown).toMatchObject({ status: 200, record: { size: 25 } });
    expect(ask(after(grown), 25, 25, { now: NOW + 60 })).toMatchObject({ status: 200, record: { size: 25 } });
  });

  it('gives a cosignature that a verifier counts, and keeps a checkpoint that monitors can verify', () => {
    const answer = ask(at10, 10, 25);
    const lines = parseCosignaturesAnswer(fromUtf8(answer.body));
    const note = addCosignatures(parseNote(createCheckpoint(tree.head(25), logKey)), lines, witnessKey);
    const alone = { ...policy, witnessW: 1 };
    expect(verifyCheckpoint(formatNote(note), alone, NOW).cosignatures).toEqual([
      { key: expect.objectContaining({ name: witnessKey.name }), time: NOW },
    ]);
    expect(verifyCheckpoint(answer.record?.checkpoint as Uint8Array, alone, NOW).size).toBe(25);
    expect(witnessCheckpointPath(ORIGIN)).toMatch(/^[0-9a-f]{64}\/checkpoint$/);
  });

  it('keeps no signature of strangers', () => {
    const answer = ask(at10, 10, 25, { checkpoint: witnessed(tree.head(25), witnessKeys.slice(1)) });
    const kept = parseCheckpoint(answer.record?.checkpoint as Uint8Array);
    expect(kept.note.signatures.map(({ name }) => name)).toEqual([ORIGIN, witnessKey.name]);
  });

  it('cosigns an empty log', () => {
    expect(ask(nothing, 0, 0)).toMatchObject({ status: 200, record: { size: 0, root: EMPTY_ROOT } });
  });
});

describe('400', () => {
  it.each(['', 'old 10\n', 'old 010\n\n', 'new 10\n\n', 'old 10\n?\n\n', 'old -1\n\n', 'old 10\n\nno checkpoint\n'])(
    'for the body %j',
    (body) => {
      expect(decideAddCheckpoint(fromUtf8(body), at10, config, NOW)).toMatchObject({ status: 400, record: null });
    },
  );

  it('for more than 63 hashes', () => {
    const proof = Array.from({ length: 64 }, () => EMPTY_ROOT);
    expect(ask(at10, 10, 25, { proof }).status).toBe(400);
  });

  it('for an old size above that of the checkpoint', () => {
    expect(ask(at10, 11, 10).status).toBe(400);
  });

  it('for an extension line, which version 1 does not know', () => {
    const text = (toUtf8(createCheckpoint(tree.head(25), logKey)) ?? '').replace('\n\n', '\nmore\n\n');
    expect(ask(at10, 10, 25, { checkpoint: fromUtf8(text) }).status).toBe(400);
  });
});

describe('404', () => {
  it('for a log that it does not know', () => {
    const stranger = deriveSignerKey('log.example/other', LOG_KEY, seed(1));
    expect(ask(nothing, 0, 10, { checkpoint: createCheckpoint(tree.head(10), stranger) })).toMatchObject({
      status: 404,
      record: null,
    });
  });
});

describe('403', () => {
  it('for a checkpoint that another key signed', () => {
    const impostor = deriveSignerKey(ORIGIN, LOG_KEY, seed(66));
    expect(ask(at10, 10, 25, { checkpoint: createCheckpoint(tree.head(25), impostor) }).status).toBe(403);
  });

  it('for a signature that does not verify, though a good one stands beside it', () => {
    const good = parseNote(createCheckpoint(tree.head(25), logKey));
    const [line] = good.signatures;
    if (line === undefined) throw new Error('no signature');
    const bad = { ...line, signature: flip(line.signature, 3) };
    expect(ask(at10, 10, 25, { checkpoint: formatNote({ ...good, signatures: [bad] }) }).status).toBe(403);
    expect(ask(at10, 10, 25, { checkpoint: formatNote({ ...good, signatures: [line, bad] }) }).status).toBe(403);
  });
});

describe('409', () => {
  it('with its own size, when the log proves from another one', () => {
    const answer = ask(at10, 9, 25);
    expect(answer).toEqual({ status: 409, contentType: 'text/x.tlog.size', body: '10\n', record: null });
    expect(parseSizeAnswer(fromUtf8(answer.body))).toBe(10);
    expect(ask(at10, 0, 25).status).toBe(409);
  });

  it('with 0 for a log it has not cosigned yet', () => {
    expect(ask(nothing, 5, 25)).toMatchObject({ status: 409, body: '0\n' });
  });
});

describe('422', () => {
  it('for a proof that does not verify, or that is not empty from size 0', () => {
    const [first, ...rest] = tree.proveConsistency(10, 25);
    expect(ask(at10, 10, 25, { proof: [flip(first as Uint8Array, 0), ...rest] }).status).toBe(422);
    expect(ask(at10, 10, 25, { proof: rest }).status).toBe(422);
    expect(ask(nothing, 0, 10, { proof: [EMPTY_ROOT] }).status).toBe(422);
  });

  it('for another root at the same size, and for an empty tree with a root', () => {
    const other = createCheckpoint({ size: 10, root: EMPTY_ROOT }, logKey);
    expect(ask(at10, 10, 10, { checkpoint: other, proof: [] })).toMatchObject({ status: 422, record: null });
    const hollow = createCheckpoint({ size: 0, root: tree.head(1).root }, logKey);
    expect(ask(nothing, 0, 0, { checkpoint: hollow, proof: [] }).status).toBe(422);
  });
});

describe('a request', () => {
  it('is text that begins with the old size', () => {
    const body = formatAddCheckpoint({
      oldSize: 8,
      proof: tree.proveConsistency(8, 9),
      checkpoint: createCheckpoint(tree.head(9), logKey),
    });
    expect(toUtf8(body)).toMatch(/^old 8\n[A-Za-z0-9+/]{43}=\n\nlog\.example\/main\n9\n/);
    expect(decideAddCheckpoint(concat(body, fromUtf8('x')), nothing, config, NOW).status).toBe(400);
  });
});

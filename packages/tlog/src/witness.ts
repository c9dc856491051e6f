/**
 * A witness's decision on `add-checkpoint`, from what it has cosigned before (C2SP tlog-witness; PROTOCOL 11.1).
 *
 * Whoever calls it holds a lock for the origin, makes `record` durable, and only then sends the answer: otherwise two
 * requests could both be judged by the old state, and the smaller one would rewind the log.
 */
import { fromUtf8, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { parseCheckpoint, type UnverifiedCheckpoint } from './checkpoint.ts';
import { verifyConsistency } from './consistency.ts';
import { createCosignature } from './cosignature.ts';
import type { SignerKey, VerifierKey } from './key.ts';
import { EMPTY_ROOT, type TreeHead } from './merkle.ts';
import { claims, formatNote, formatSignatureLine, type NoteSignature, verifyNoteSignature } from './note.ts';
import { parseAddCheckpoint } from './witness-request.ts';

/** What a witness remembers of one log. */
export interface WitnessRecord extends TreeHead {
  readonly origin: string;
  /** The checkpoint with the log's signatures that were verified and the witness's own: what monitors may fetch. */
  readonly checkpoint: Uint8Array;
}

export interface WitnessConfig {
  /** Its own key, type 0x04. */
  readonly key: SignerKey;
  /** Each log by its origin, with the Ed25519 keys that may sign for it. */
  readonly logs: ReadonlyMap<string, readonly VerifierKey[]>;
}

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
  readonly body: string;
  /** To be made durable before the answer is sent; null when nothing changes. */
  readonly record: WitnessRecord | null;
}

/** Ends the decision with a status other than 200; does not leave this file. */
class Refusal extends Error {
  readonly answer: WitnessAnswer;

  constructor(status: Exclude<WitnessAnswer['status'], 200 | 409>, body: string) {
    super(body);
    this.answer = { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n`, record: null };
  }
}

/** Never throws for what stands in `body`. `held` has the record of each origin cosigned before; `now` is in unix seconds. */
export function decideAddCheckpoint(
  body: Uint8Array,
  held: ReadonlyMap<string, WitnessRecord>,
  config: WitnessConfig,
  now: number,
): WitnessAnswer {
  try {
    const request = orRefuse(400, 'malformed request', () => parseAddCheckpoint(body));
    const checkpoint = orRefuse(400, 'malformed checkpoint', () => parseCheckpoint(request.checkpoint));
    const logLines = verifyLogSignatures(checkpoint, config);
    if (request.oldSize > checkpoint.size) throw new Refusal(400, 'old size above checkpoint size');
    const record = held.get(checkpoint.origin);
    const heldSize = record?.size ?? 0;
    if (request.oldSize !== heldSize) return conflict(heldSize);
    const older = record ?? { size: 0, root: EMPTY_ROOT };
    orRefuse(422, 'inconsistent with the checkpoint cosigned before', () => verifyConsistency(older, checkpoint, request.proof));
    return cosign(checkpoint, logLines, config.key, now);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

/** The lines of keys trusted for the origin: at least one (403), each valid (403). An origin not configured is 404. */
function verifyLogSignatures({ note, origin }: UnverifiedCheckpoint, config: WitnessConfig): NoteSignature[] {
  const keys = config.logs.get(origin);
  if (keys === undefined) throw new Refusal(404, 'unknown log');
  const trusted = note.signatures.flatMap((line) => keys.filter((key) => claims(line, key)).map((key) => ({ line, key })));
  if (trusted.length === 0) throw new Refusal(403, 'no signature by a key of this log');
  return trusted.map(({ line, key }) => orRefuse(403, 'invalid signature', () => verifyNoteSignature(note.text, line, key)));
}

/** The log's idea of our state is old: tell it the size to prove from. */
function conflict(heldSize: number): WitnessAnswer {
  return { status: 409, contentType: 'text/x.tlog.size', body: `${heldSize}\n`, record: null };
}

function cosign(
  { note, origin, size, root }: UnverifiedCheckpoint,
  lines: NoteSignature[],
  key: SignerKey,
  now: number,
): WitnessAnswer {
  const cosignature = createCosignature(note.text, key, now);
  const checkpoint = formatNote({ text: note.text, signatures: [...lines, cosignature] });
  return {
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    body: formatSignatureLine(cosignature),
    record: { origin, size, root, checkpoint },
  };
}

function orRefuse<T>(status: 400 | 403 | 422, reason: string, step: () => T): T {
  try {
    return step();
  } catch {
    throw new Refusal(status, reason);
  }
}

/** Where a witness serves its newest checkpoint of a log: `<origin hash>/checkpoint` under its monitoring prefix. */
export function witnessCheckpointPath(origin: string): string {
  return `${toHex(crypto.sha256(fromUtf8(origin)))}/checkpoint`;
}

/** The body of an `add-checkpoint` request, and the two answers that a log reads (C2SP tlog-witness). */
import { concat, fromUtf8, toUtf8 } from '@countersign/bytes';
import { check } from './error.ts';
import { PROOF_HASHES_MAX } from './inclusion.ts';
import { formatHashLines, parseHashLines, splitHeader } from './lines.ts';
import { NOTE_BYTES_MAX, type NoteSignature, parseSignatureLines } from './note.ts';
import { parseSize } from './size.ts';

/** A checkpoint, and a header of at most 65 short lines. */
export const WITNESS_REQUEST_BYTES_MAX = NOTE_BYTES_MAX + 4096;

export interface AddCheckpoint {
  /** The size that the witness cosigned last, as the log believes. */
  readonly oldSize: number;
  /** From `oldSize` to the checkpoint's size. */
  readonly proof: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: Uint8Array;
}

export function formatAddCheckpoint(request: AddCheckpoint): Uint8Array {
  return concat(fromUtf8(`old ${request.oldSize}\n${formatHashLines(request.proof)}\n`), request.checkpoint);
}

/** Throws `witness.malformed`. The checkpoint inside is not parsed yet. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint {
  check(body.length <= WITNESS_REQUEST_BYTES_MAX, 'witness.malformed');
  const parts = splitHeader(body);
  check(parts !== null, 'witness.malformed');
  const [oldLine = '', ...hashLines] = parts.lines;
  check(oldLine.startsWith('old '), 'witness.malformed');
  const oldSize = parseSize(oldLine.slice('old '.length));
  const proof = parseHashLines(hashLines, PROOF_HASHES_MAX);
  check(oldSize !== null && proof !== null, 'witness.malformed');
  return { oldSize, proof, checkpoint: parts.rest };
}

/** The body of a 200: signature lines, to be handed to `addCosignatures`. Throws `note.malformed`. */
export function parseCosignaturesAnswer(body: Uint8Array): NoteSignature[] {
  check(body.length <= NOTE_BYTES_MAX, 'note.malformed');
  const text = toUtf8(body);
  check(text !== null, 'note.malformed');
  return parseSignatureLines(text);
}

/** The body of a 409: the size that the witness cosigned last. Throws `witness.malformed`. */
export function parseSizeAnswer(body: Uint8Array): number {
  const text = body.length <= 32 ? toUtf8(body) : null;
  check(text?.endsWith('\n') === true, 'witness.malformed');
  const size = parseSize(text.slice(0, -1));
  check(size !== null, 'witness.malformed');
  return size;
}

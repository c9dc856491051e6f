/** A `.tlog-proof` file: an entry's index, its inclusion proof and a witnessed checkpoint, good offline (C2SP tlog-proof v1). */
import { concat, fromUtf8 } from '@countersign/bytes';
import { parseBase64, toBase64 } from './base64.ts';
import { type Checkpoint, type CheckpointPolicy, verifyCheckpoint } from './checkpoint.ts';
import { check } from './error.ts';
import { PROOF_HASHES_MAX, verifyInclusion } from './inclusion.ts';
import { formatHashLines, parseHashLines, splitHeader } from './lines.ts';
import { NOTE_BYTES_MAX } from './note.ts';
import { parseSize } from './size.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
const PROOF_FILE_BYTES_MAX = 2 * NOTE_BYTES_MAX;

/** Well formed; nothing in it has been checked. */
export interface UnverifiedProofFile {
  /** Whatever the application put beside the proof; no signature covers it. */
  readonly extra: Uint8Array | null;
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note as the log served it. */
  readonly checkpoint: Uint8Array;
}

/** What the file proves of an entry. */
export interface ProvenEntry {
  readonly index: number;
  readonly checkpoint: Checkpoint;
}

export function formatProofFile(file: UnverifiedProofFile): Uint8Array {
  const extra = file.extra === null ? '' : `extra ${toBase64(file.extra)}\n`;
  const header = `${FIRST_LINE}\n${extra}index ${file.index}\n${formatHashLines(file.proof)}\n`;
  return concat(fromUtf8(header), file.checkpoint);
}

/** Throws `proof.malformed`. The checkpoint inside is not parsed yet. */
export function parseProofFile(bytes: Uint8Array): UnverifiedProofFile {
  check(bytes.length <= PROOF_FILE_BYTES_MAX, 'proof.malformed');
  const parts = splitHeader(bytes);
  check(parts !== null && parts.lines[0] === FIRST_LINE, 'proof.malformed');
  const lines = parts.lines.slice(1);
  const extra = lines[0]?.startsWith('extra ') ? parseExtra(lines.shift() as string) : null;
  const index = parseIndex(lines.shift() ?? '');
  const proof = parseHashLines(lines, PROOF_HASHES_MAX);
  check(proof !== null, 'proof.malformed');
  return { extra, index, proof, checkpoint: parts.rest };
}

function parseExtra(line: string): Uint8Array {
  const extra = parseBase64(line.slice('extra '.length));
  check(extra !== null, 'proof.malformed');
  return extra;
}

function parseIndex(line: string): number {
  check(line.startsWith('index '), 'proof.malformed');
  const index = parseSize(line.slice('index '.length));
  check(index !== null, 'proof.malformed');
  return index;
}

/**
 * Checks that the entry with `hash` stands in the log. The hash comes from the entry itself, never from the file.
 * Throws as VerifyCheckpoint, then `log.not_included`. For an exhibit the policy's age is Infinity.
 */
export function verifyProofFile(file: UnverifiedProofFile, hash: Uint8Array, policy: CheckpointPolicy, now: number): ProvenEntry {
  const checkpoint = verifyCheckpoint(file.checkpoint, policy, now);
  return { index: verifyInclusion(hash, file.index, checkpoint, file.proof), checkpoint };
}

/** A checkpoint: a log's signed statement of its size and root (C2SP tlog-checkpoint), and VerifyCheckpoint of PROTOCOL 11.1. */
import { Ac1Error, ensure, toHex } from '@countersign/bytes';
import { parseBase64, toBase64 } from './base64.ts';
import { verifyConsistency } from './consistency.ts';
import { type Cosignature, verifyCosignature } from './cosignature.ts';
import { deriveVerifierKey, LOG_KEY, type SignerKey, type VerifierKey, WITNESS_KEY } from './key.ts';
import { HASH_BYTES, type TreeHead } from './merkle.ts';
import { claims, createNoteSignature, formatNote, parseNote, type UnverifiedNote, verifyNoteSignature } from './note.ts';
import { parseSize } from './size.ts';

/** How far a witness's clock may run ahead of ours. */
export const COSIGNATURE_AHEAD_MAX_S = 60;

/** Well formed; neither the log's nor any witness's signature has been checked. */
export interface UnverifiedCheckpoint {
  readonly note: UnverifiedNote;
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

declare const verified: unique symbol;
/** What VerifyCheckpoint has accepted. */
export interface Checkpoint extends TreeHead {
  readonly [verified]: true;
  readonly origin: string;
  /** One for each distinct witness key, its newest within the allowed times. */
  readonly cosignatures: readonly Cosignature[];
  readonly note: UnverifiedNote;
}

/** Whom a verifier believes: the fields of a network's profile that VerifyCheckpoint needs. */
export interface CheckpointPolicy {
  /** Also the name of the log's key. */
  readonly origin: string;
  readonly logPublicKey: Uint8Array;
  readonly witnesses: readonly { readonly name: string; readonly publicKey: Uint8Array }[];
  /** How many distinct witness keys must have cosigned. */
  readonly witnessW: number;
  /** Age of a cosignature that still counts; Infinity for evidence, which does not grow stale. */
  readonly checkpointMaxAgeS: number;
}

/** Throws `log.checkpoint_invalid`. */
export function parseCheckpoint(bytes: Uint8Array): UnverifiedCheckpoint {
  const note = noteOf(bytes);
  const lines = note.text.slice(0, -1).split('\n');
  ensure(lines.length === 3, 'log.checkpoint_invalid'); // PROTOCOL 11.1: no extension lines
  const [origin = '', sizeLine = '', rootLine = ''] = lines;
  ensure(origin !== '', 'log.checkpoint_invalid');
  const size = parseSize(sizeLine);
  ensure(size !== null, 'log.checkpoint_invalid');
  const root = parseBase64(rootLine);
  ensure(root !== null && root.length === HASH_BYTES, 'log.checkpoint_invalid');
  return { note, origin, size, root };
}

function noteOf(bytes: Uint8Array): UnverifiedNote {
  try {
    return parseNote(bytes);
  } catch (cause) {
    throw new Ac1Error('log.checkpoint_invalid', {}, { cause });
  }
}

/** The signed bytes of a new checkpoint; the log's key carries the origin as its name. */
export function createCheckpoint(head: TreeHead, key: SignerKey): Uint8Array {
  const text = `${key.name}\n${head.size}\n${toBase64(head.root)}\n`;
  return formatNote({ text, signatures: [createNoteSignature(text, key)] });
}

/**
 * VerifyCheckpoint of PROTOCOL 11.1, `now` in unix seconds. Throws, in this order, `log.checkpoint_invalid` (form),
 * `log.origin_unknown`, `log.checkpoint_invalid` (signatures), `log.not_witnessed`.
 */
export function verifyCheckpoint(bytes: Uint8Array, policy: CheckpointPolicy, now: number): Checkpoint {
  const { note, origin, size, root } = parseCheckpoint(bytes);
  ensure(origin === policy.origin, 'log.origin_unknown');
  const claimed = verifyKnownSignatures(note, policy);
  const cosignatures = freshByWitness(claimed, policy, now);
  ensure(cosignatures.length >= policy.witnessW, 'log.not_witnessed');
  return { origin, size, root, cosignatures, note } as unknown as Checkpoint;
}

/** Every line of a known key verifies and the log's own is among them; lines of unknown keys are passed over. */
function verifyKnownSignatures(note: UnverifiedNote, policy: CheckpointPolicy): Cosignature[] {
  const logKey = deriveVerifierKey(policy.origin, LOG_KEY, policy.logPublicKey);
  const witnessKeys = policy.witnesses.map(({ name, publicKey }) => deriveVerifierKey(name, WITNESS_KEY, publicKey));
  const cosignatures: Cosignature[] = [];
  let hasLogSignature = false;
  try {
    for (const line of note.signatures) {
      if (claims(line, logKey)) {
        verifyNoteSignature(note.text, line, logKey);
        hasLogSignature = true;
      }
      const witnessKey = witnessKeys.find((key) => claims(line, key));
      if (witnessKey !== undefined) cosignatures.push(verifyCosignature(note.text, line, witnessKey));
    }
  } catch (cause) {
    throw new Ac1Error('log.checkpoint_invalid', {}, { cause });
  }
  ensure(hasLogSignature, 'log.checkpoint_invalid');
  return cosignatures;
}

/** One cosignature a witness key: a key listed under two names, or a line repeated, counts once. */
function freshByWitness(cosignatures: readonly Cosignature[], policy: CheckpointPolicy, now: number): Cosignature[] {
  const newest = new Map<string, Cosignature>();
  for (const cosignature of cosignatures) {
    const { key, time } = cosignature;
    if (time < now - policy.checkpointMaxAgeS || time > now + COSIGNATURE_AHEAD_MAX_S) continue;
    const witness = toHex(key.publicKey);
    const other = newest.get(witness);
    if (other === undefined || other.time < time) newest.set(witness, cosignature);
  }
  return [...newest.values()];
}

/**
 * What a verifier remembers of a log (PROTOCOL 11.1): the larger of the highest checkpoint it holds and `next`, once `proof`
 * joins the two. A smaller checkpoint may still be fresh; it must be the beginning of the highest. Throws `log.inconsistent`.
 */
export function verifyFollows<H extends TreeHead>(highest: H | null, next: H, proof: readonly Uint8Array[]): H {
  if (highest === null) return next;
  const [older, newer] = next.size < highest.size ? [next, highest] : [highest, next];
  verifyConsistency(older, newer, proof);
  return newer;
}

/** The cosignatures in a witness's answer that belong to `key`, added to a checkpoint; others are ignored (C2SP tlog-witness). */
export function addCosignatures(note: UnverifiedNote, lines: UnverifiedNote['signatures'], key: VerifierKey): UnverifiedNote {
  const own = lines.filter((line) => claims(line, key));
  for (const line of own) verifyCosignature(note.text, line, key);
  const others = note.signatures.filter((line) => !claims(line, key));
  return own.length === 0 ? note : { text: note.text, signatures: [...others, ...own] };
}

/** A log and its witnesses with fixed keys. */
import { concat } from '@countersign/bytes';
import {
  type CheckpointPolicy,
  createCheckpoint,
  createCosignature,
  deriveSignerKey,
  deriveVerifierKey,
  formatNote,
  LOG_KEY,
  parseNote,
  type SignerKey,
  type TreeHead,
  WITNESS_KEY,
  type WitnessConfig,
} from '@countersign/tlog';

export const ORIGIN = 'log.example/main';
export const NOW = 1_736_640_000;

export const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
export const logKey = deriveSignerKey(ORIGIN, LOG_KEY, seed(1));
export const witnessKeys = [2, 3, 4].map((byte) => deriveSignerKey(`witness${byte}.example`, WITNESS_KEY, seed(byte)));

export const policy: CheckpointPolicy = {
  origin: ORIGIN,
  logPublicKey: logKey.publicKey,
  witnesses: witnessKeys.map(({ name, publicKey }) => ({ name, publicKey })),
  witnessW: 2,
  checkpointMaxAgeS: 600,
};

export function witnessConfig(key: SignerKey): WitnessConfig {
  return { key, logs: new Map([[ORIGIN, [deriveVerifierKey(ORIGIN, LOG_KEY, logKey.publicKey)]]]) };
}

/** A checkpoint cosigned by the given witnesses at `time`. */
export function witnessed(head: TreeHead, keys: readonly SignerKey[] = witnessKeys, time = NOW): Uint8Array {
  const note = parseNote(createCheckpoint(head, logKey));
  return formatNote({ ...note, signatures: [...note.signatures, ...keys.map((key) => createCosignature(note.text, key, time))] });
}

/** The bytes with one bit of one byte turned. */
export function flip(bytes: Uint8Array, at: number, bit = 1): Uint8Array {
  return concat(bytes.subarray(0, at), Uint8Array.of((bytes[at] as number) ^ bit), bytes.subarray(at + 1));
}

/** `cosignature/v1`: a witness states when a checkpoint was the newest one it had seen of a log (C2SP tlog-cosignature). */
import { concat, decode, encode, fixed, fromUtf8, struct, uint64 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { TlogError } from './error.ts';
import { type SignerKey, type VerifierKey, WITNESS_KEY } from './key.ts';
import { claims, type NoteSignature } from './note.ts';

const TIME_MAX = 2n ** 63n - 1n;
const SIGNATURE_BYTES = 64;

const timestampedSignature = struct({ time: uint64, signature: fixed(SIGNATURE_BYTES) });

export interface Cosignature {
  readonly key: VerifierKey;
  /** Unix seconds; a time above 2^53 is rounded, and is in the future whatever it is. */
  readonly time: number;
}

/** Cosigns the text of a checkpoint at `now`, unix seconds above 0. */
export function createCosignature(text: string, key: SignerKey, now: number): NoteSignature {
  if (key.type !== WITNESS_KEY) throw new RangeError('a log key signs notes only');
  if (!Number.isSafeInteger(now) || now <= 0) throw new RangeError('a cosignature carries the time it is made at');
  const time = BigInt(now);
  const signature = crypto.ed25519Sign(key.seed, message(time, text));
  return { name: key.name, keyId: key.keyId, signature: encode(timestampedSignature, { time, signature }) };
}

/** Throws `signature.invalid` unless `line` is this witness key's cosignature of `text`. */
export function verifyCosignature(text: string, line: NoteSignature, key: VerifierKey): Cosignature {
  const isClaim = key.type === WITNESS_KEY && claims(line, key);
  if (!isClaim || line.signature.length !== 8 + SIGNATURE_BYTES) throw new TlogError('signature.invalid');
  const { time, signature } = decode(timestampedSignature, line.signature);
  const isValid = time <= TIME_MAX && crypto.ed25519Verify(key.publicKey, message(time, text), signature);
  if (!isValid) throw new TlogError('signature.invalid');
  return { key, time: Number(time) };
}

function message(time: bigint, text: string): Uint8Array {
  return concat(fromUtf8(`cosignature/v1\ntime ${time}\n`), fromUtf8(text));
}

/** Structs that end in `sig`: the signature covers every byte before it (PROTOCOL 3). */
import { type Codec, encode } from '@countersign/bytes';
import { isLabelledSignature, labelledSign, type SignLabel } from '@countersign/crypto';
import type { Sig } from './ids.ts';

const SIG_BYTES = 64;

/** A struct value with its signature. */
export interface Signed {
  sig: Sig;
}

/** `body` signed under `label`; `seed` is the Ed25519 private key. */
export function createSigned<T extends Signed>(codec: Codec<T>, label: SignLabel, body: Omit<T, 'sig'>, seed: Uint8Array): T {
  const unsigned = encode(codec, { ...body, sig: new Uint8Array(SIG_BYTES) } as T);
  return { ...body, sig: labelledSign(seed, label, signedPart(unsigned)) } as T;
}

/** Whether `value` carries the signature of `key` under `label`. */
export function isSignedBy<T extends Signed>(codec: Codec<T>, label: SignLabel, value: T, key: Uint8Array): boolean {
  return isLabelledSignature(key, label, signedPart(encode(codec, value)), value.sig);
}

/** What the signature of an encoded struct covers; shares memory with `bytes`. */
export function signedPart(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - SIG_BYTES);
}

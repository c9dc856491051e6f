/** Authorisation: one officer's signed decision on one order (PROTOCOL 10.1). */
import {
  Ac1Error,
  type Codec,
  decode,
  encode,
  enumeration,
  type Infer,
  opaque,
  struct,
  uint64,
  version,
} from '@countersign/bytes';
import { isLabelledSignature, labelledHash, labelledSign } from '@countersign/crypto';
import { hash, officerId, role } from './ids.ts';
import type { OfficerKey } from './officer-cert.ts';
import { type Assertion, assertionCodec, isAssertionOf } from './webauthn.ts';

export const Decision = { approve: 1, refuse: 2, confirmReview: 3 } as const;

/** Everything before `alg`: what the officer signs. */
const decidedCodec = struct({
  version,
  orderHash: hash,
  officerId,
  role,
  decision: enumeration(1, [Decision.approve, Decision.refuse, Decision.confirmReview]),
  /** Unix seconds, by the signer's word alone: the hour of the log entry is the fact. */
  time: uint64,
});
export type Decided = Infer<typeof decidedCodec>;

/** Alg 1: Ed25519, 64 bytes. Alg 2: a passkey's assertion. */
type DecisionSignature = { readonly alg: 1; readonly signature: Uint8Array } | { readonly alg: 2; readonly signature: Assertion };

export type Authorisation = Decided & DecisionSignature;

const algCodec = enumeration(1, [1, 2]);
const signatureBytesCodec = opaque(1, 65_535);
const ED25519_SIGNATURE_BYTES = 64;

export const authorisationCodec: Codec<Authorisation> = {
  read(reader) {
    const decided = decidedCodec.read(reader);
    return { ...decided, ...decodeSignature(algCodec.read(reader), signatureBytesCodec.read(reader)) };
  },
  write(writer, authorisation) {
    decidedCodec.write(writer, authorisation);
    algCodec.write(writer, authorisation.alg);
    const { alg, signature } = authorisation;
    signatureBytesCodec.write(writer, alg === 1 ? signature : encode(assertionCodec, signature));
  },
};

function decodeSignature(alg: 1 | 2, bytes: Uint8Array): DecisionSignature {
  if (alg === 2) return { alg, signature: decode(assertionCodec, bytes) };
  if (bytes.length !== ED25519_SIGNATURE_BYTES) throw new Ac1Error('decode.length');
  return { alg, signature: bytes };
}

/** Signed with the officer's Ed25519 key (alg 1). */
export function createAuthorisation(decided: Decided, officerSeed: Uint8Array): Authorisation {
  const signature = labelledSign(officerSeed, 'AC1 authorisation', encode(decidedCodec, decided));
  return { ...decided, alg: 1, signature };
}

/** What the officer's passkey is to sign; with its answer, `{ ...decided, alg: 2, signature }` is the authorisation. */
export function authorisationChallenge(decided: Decided): Uint8Array {
  return labelledHash('AC1 authorisation webauthn', encode(decidedCodec, decided));
}

/** Whether the holder of `key` signed the decision. */
export function isAuthorisationOf(key: OfficerKey, authorisation: Authorisation): boolean {
  if (authorisation.alg === 1 && key.alg === 1) {
    const message = encode(decidedCodec, authorisation);
    return isLabelledSignature(key.key, 'AC1 authorisation', message, authorisation.signature);
  }
  if (authorisation.alg === 2 && key.alg === 2)
    return isAssertionOf(key.key, authorisationChallenge(authorisation), authorisation.signature);
  return false;
}

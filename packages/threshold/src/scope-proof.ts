/**
 * The scope proof of a grant (PROTOCOL 7): whoever made `enc` knows its logarithm e and has bound it to this GrantHead. Without it,
 * somebody could put a victim's enc under a scope of his own and have the custodians open it.
 *
 * GrantHead is custody's struct; here it is its bytes.
 */
import { ensure, equal, type Infer, struct } from '@countersign/bytes';
import { GBAR } from './generator.ts';
import { multiply, multiplyBase } from './multiply.ts';
import { encodePoint33, type Point, parsePoint33, parsePoint65 } from './point.ts';
import { recomputeNoncePoints } from './proof-nonces.ts';
import { hashToScalar, mulAdd, parseScalar } from './scalar.ts';
import { type Point65, point33, type Scalar, scalar } from './wire.ts';

export const scopeProofCodec = struct({ ubar: point33, c: scalar, z: scalar });
export type ScopeProof = Infer<typeof scopeProofCodec>;

/** A proof whose points and scalars are valid; whether it proves anything is still open. */
export interface UnverifiedScopeProof {
  readonly enc: Point;
  readonly ubar: Point;
  readonly proof: ScopeProof;
}

/** The proof by the owner of `e` over the encoded GrantHead that contains enc = e*G. Deterministic. */
export function createScopeProof(e: Scalar, grantHead: Uint8Array): ScopeProof {
  const ubar = encodePoint33(multiply(e, GBAR));
  // The nonce depends on every input of the challenge, so no two challenges ever share one (PROTOCOL 7).
  const k = hashToScalar('pok-nonce', e, grantHead, ubar);
  const c = challenge(grantHead, ubar, multiplyBase(k), multiply(k, GBAR));
  return { ubar, c, z: mulAdd(k, c, e) };
}

/** The points enc, then ubar, then the scalars c and z, in the order of VerifyGrant; refused with `point.*` or `scalar.out_of_range`. */
export function parseScopeProof(enc: Point65, proof: ScopeProof): UnverifiedScopeProof {
  const parsed = { enc: parsePoint65(enc), ubar: parsePoint33(proof.ubar), proof };
  parseScalar(proof.c);
  parseScalar(proof.z);
  return parsed;
}

/** Returns enc once the proof over the encoded GrantHead holds, else `grant.proof_invalid`. */
export function verifyScopeProof(grantHead: Uint8Array, { enc, ubar, proof }: UnverifiedScopeProof): Point {
  const nonces = recomputeNoncePoints({ P: enc, H: GBAR, J: ubar }, proof.c, proof.z);
  ensure(nonces !== null, 'grant.proof_invalid');
  ensure(equal(challenge(grantHead, proof.ubar, nonces.A, nonces.B), proof.c), 'grant.proof_invalid');
  return enc;
}

function challenge(grantHead: Uint8Array, ubar: Uint8Array, A: Point, B: Point): Uint8Array {
  return hashToScalar('pok', grantHead, ubar, encodePoint33(A), encodePoint33(B));
}

/**
 * One custodian's part D = x_i*enc with the proof that it was made with the share behind Y_i, for this order, grant, agency, custodian
 * and generation (PROTOCOL 8).
 *
 * The share and the nonce meet points in the backend's constant-time operations only (multiply.ts). BigInt sees the points that come out:
 * Y_i and the proof are public, D goes to the reader under seal.
 */
import { encode, ensure, equal, type Infer, struct } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { type DleqContext, dleqContextCodec } from './dleq-context.ts';
import { multiply, multiplyBase } from './multiply.ts';
import { encodePoint33, type Point, parsePoint33, parsePoint65 } from './point.ts';
import { recomputeNoncePoints } from './proof-nonces.ts';
import { hashToScalar, mulAdd, parseScalar } from './scalar.ts';
import { type Point33, type Point65, point33, type Scalar, scalar } from './wire.ts';

export const releaseShareCodec = struct({ D: point33, c: scalar, z: scalar });
export type ReleaseShare = Infer<typeof releaseShareCodec>;

const NONCE_SEED_BYTES = 32;

/** What a ReleaseShare claims: log_G Yi = log_enc D, bound to the context. */
export interface DleqStatement {
  readonly context: DleqContext;
  readonly Yi: Point33;
  readonly enc: Point65;
}

/**
 * The part of the owner of `share` (1..q-1), after every check of the order and of the scope proof: those come before the share is
 * touched. `enc` that is no point is refused with a `point.*` code. Takes 32 bytes of `random`; should they repeat, the nonce still
 * differs for each context and point.
 */
export function createPartial(share: Scalar, enc: Point65, context: DleqContext, random: Random): ReleaseShare {
  const H = parsePoint65(enc);
  const contextBytes = encode(dleqContextCodec, context);
  const product = multiply(share, H);
  const D = encodePoint33(product);
  const k = hashToScalar('dleq-nonce', random(NONCE_SEED_BYTES), share, contextBytes, enc, D);
  const B = multiply(k, H);
  const Yi = encodePoint33(multiplyBase(share));
  const c = challenge(contextBytes, Yi, enc, D, multiplyBase(k), B);
  return { D, c, z: mulAdd(k, c, share) };
}

/**
 * The point D of a part whose proof holds. The points Yi, enc, D and the scalars c, z are checked in that order (`point.*`,
 * `scalar.out_of_range`), then the proof, else `release.dleq_invalid`.
 */
export function verifyDleq({ context, Yi, enc }: DleqStatement, { D, c, z }: ReleaseShare): Point {
  const statement = { P: parsePoint33(Yi), H: parsePoint65(enc), J: parsePoint33(D) };
  parseScalar(c);
  parseScalar(z);
  const nonces = recomputeNoncePoints(statement, c, z);
  ensure(nonces !== null, 'release.dleq_invalid');
  const contextBytes = encode(dleqContextCodec, context);
  ensure(equal(challenge(contextBytes, Yi, enc, D, nonces.A, nonces.B), c), 'release.dleq_invalid');
  return statement.J;
}

function challenge(context: Uint8Array, Yi: Point33, enc: Point65, D: Point33, A: Point, B: Point): Uint8Array {
  return hashToScalar('dleq', context, Yi, enc, D, encodePoint33(A), encodePoint33(B));
}

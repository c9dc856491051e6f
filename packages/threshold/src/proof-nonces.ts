/**
 * What the verifiers of PROTOCOL 7 and 8 share: the nonce points A' = z*G - c*P and B' = z*H - c*J of a proof that P and J have the same
 * logarithm to the bases G and H.
 *
 * The points come out exactly (multiply.ts recovers y from a linear relation, no sign is tried), so a proof is accepted here if and only
 * if it is by the formulas of the specification, and every implementation agrees on every proof.
 */
import { multiplyAll, multiplyBase } from './multiply.ts';
import { addPairs, negate, type Point } from './point.ts';
import type { Scalar } from './wire.ts';

/** log_G(P) = log_H(J). */
export interface EqualityStatement {
  readonly P: Point;
  readonly H: Point;
  readonly J: Point;
}

export interface NoncePoints {
  readonly A: Point;
  readonly B: Point;
}

/** c and z are checked scalars. Null when A' or B' is the identity: no honest prover has a nonce of 0. */
export function recomputeNoncePoints({ P, H, J }: EqualityStatement, c: Scalar, z: Scalar): NoncePoints | null {
  const [cP, zH, cJ] = multiplyAll([
    { scalar: c, point: P },
    { scalar: z, point: H },
    { scalar: c, point: J },
  ]) as [Point, Point, Point];
  const [A, B] = addPairs([
    [multiplyBase(z), negate(cP)],
    [zH, negate(cJ)],
  ]);
  return A && B ? { A, B } : null;
}

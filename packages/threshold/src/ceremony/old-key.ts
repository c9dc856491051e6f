/** What a resharing takes from the custody key that it hands on (PROTOCOL 13). */
import { deriveLagrange } from '../lagrange.ts';
import { multiply } from '../multiply.ts';
import { type Point, parsePoint33 } from '../point.ts';
import { mulAdd, scalarBytes } from '../scalar.ts';
import type { Point33, Point65, Scalar } from '../wire.ts';

/** Of the old CustodyKey, its signatures already checked; the custodian of index i stands at i - 1. */
export interface OldKey {
  readonly Y: Point65;
  readonly Yi: readonly Point33[];
  readonly sigKeys: readonly Uint8Array[];
}

/** lambda_i * x_i, the constant term of the polynomial by which holder `index` of the quorum hands on its share. */
export function deriveHandedShare(share: Scalar, index: number, quorum: readonly number[]): Uint8Array {
  return mulAdd(scalarBytes(0n), lambda(index, quorum), share);
}

/** lambda_i * Y_i, the commitment to it that everybody can compute; `index` is in the quorum. */
export function deriveHandedCommit(old: OldKey, index: number, quorum: readonly number[]): Point {
  return multiply(lambda(index, quorum), parsePoint33(old.Yi[index - 1] as Point33));
}

function lambda(index: number, quorum: readonly number[]): Uint8Array {
  return scalarBytes(deriveLagrange(quorum)[quorum.indexOf(index)] as bigint);
}

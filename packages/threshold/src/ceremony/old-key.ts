/** What a resharing takes from the custody key that it hands on (PROTOCOL 13). */
import { ensure, equal } from '@countersign/bytes';
import { deriveLagrange, sumWeighted } from '../lagrange.ts';
import { multiply } from '../multiply.ts';
import { isSamePoint, type Point, parsePoint33, parsePoint65 } from '../point.ts';
import { mulAdd, scalarBytes } from '../scalar.ts';
import type { Hash, Point33, Point65, Scalar } from '../wire.ts';
import type { CeremonyOpen } from './ceremony-open.ts';

/** Of the old CustodyKey, its signatures already checked; the custodian of index i stands at i - 1. */
export interface OldKey {
  readonly Y: Point65;
  readonly Yi: readonly Point33[];
  readonly sigKeys: readonly Uint8Array[];
}

/** The whole key that a resharing hands on, as its CustodyKey states it. */
export interface OldCustody extends OldKey {
  readonly custodyKeyId: Hash;
  readonly t: number;
  readonly shareGen: number;
}

/**
 * `old` once it is the key that CeremonyOpen names, its quorum has as many holders as the threshold, and their public shares interpolate
 * to Y - so that a resharing which passes Round 1 cannot change the key. Otherwise `custody_key.invalid`.
 */
export function verifyOldCustody({ oldKeyId, oldGen, oldHolders }: CeremonyOpen, old: OldCustody): OldCustody {
  ensure(equal(old.custodyKeyId, oldKeyId) && old.shareGen === oldGen, 'custody_key.invalid');
  ensure(
    oldHolders.length === old.t &&
      oldHolders.every((index) => old.Yi[index - 1] !== undefined && old.sigKeys[index - 1] !== undefined),
    'custody_key.invalid',
  );
  const handed = oldHolders.map((index) => deriveHandedCommit(old, index, oldHolders));
  const ones = handed.map(() => 1n);
  const sum = sumWeighted(handed, ones);
  ensure(sum !== null && isSamePoint(sum, parsePoint65(old.Y)), 'custody_key.invalid');
  return old;
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

/**
 * Combination of t parts to K, the reader's step (PROTOCOL 8): without proofs first, since k_commit of the grant shows whether the
 * result is right; the proofs then name who was wrong.
 */
import { Ac1Error, ensure, equal } from '@countersign/bytes';
import { p256 } from '@noble/curves/nist.js';
import { type ReleaseShare, verifyDleq } from './dleq.ts';
import type { DleqContext } from './dleq-context.ts';
import { deriveScopeKey } from './key.ts';
import { deriveWeights, sumWeighted } from './lagrange.ts';
import { multiplyX } from './multiply.ts';
import { parsePoint33 } from './point.ts';
import { scalarBytes } from './scalar.ts';
import type { Hash, Point33, Point65 } from './wire.ts';

const Fq = p256.Point.Fn;

/** What the grant, its custody key and its scope say; `enc` and `Y` are valid points, `scope` is encoded. */
export interface CombineTarget {
  readonly t: number;
  readonly n: number;
  readonly scope: Uint8Array;
  readonly enc: Point65;
  readonly kCommit: Hash;
  readonly Y: Point65;
}

export interface Part {
  readonly index: number;
  readonly D: Point33;
}

/**
 * K of exactly t parts of one share generation. Refused in this order: `combine.wrong_count`, `combine.index_invalid`,
 * `combine.duplicate_index`, `point.*` for a D, `combine.commit_mismatch`.
 */
export function combine(target: CombineTarget, parts: readonly Part[]): Uint8Array {
  const { t, n, scope, enc, kCommit, Y } = target;
  ensure(parts.length === t, 'combine.wrong_count');
  checkIndices(parts, n);
  const points = parts.map(({ D }) => parsePoint33(D));
  const { weights, divisor } = deriveWeights(parts.map(({ index }) => index));
  const sum = sumWeighted(points, weights);
  ensure(sum !== null, 'combine.commit_mismatch');
  // S = sum / divisor; K needs its x coordinate alone, and S is the identity only when the sum is.
  const dh = multiplyX(scalarBytes(Fq.inv(Fq.create(divisor))), sum);
  const key = deriveScopeKey(dh, enc, Y, scope);
  ensure(equal(key.kCommit, kCommit), 'combine.commit_mismatch');
  return key.K;
}

export interface ProvenPart {
  readonly index: number;
  readonly share: ReleaseShare;
}

export interface BlameTarget extends CombineTarget {
  /** Of every part; `index` is each part's own. */
  readonly context: Omit<DleqContext, 'index'>;
  /** Public shares of custodians 1..n in order, of the generation in `context`. */
  readonly Yi: readonly Point33[];
}

export interface Combined {
  /** 32 bytes, secret. */
  readonly K: Uint8Array;
  /** Indices of the t parts that gave K. */
  readonly used: readonly number[];
  /** Indices whose proof failed, ascending; empty when the first t parts gave K, since the proofs are not looked at then. */
  readonly faulty: readonly number[];
}

/**
 * K of t or more parts, around wrong ones if enough are left. Refuses like `combine`, and with `release.dleq_invalid` (detail `faulty`:
 * the indices, joined by commas) when fewer than t proofs hold. When every proof holds and k_commit does not, the grant's sender
 * lied about k_commit: `combine.commit_mismatch`.
 */
export function combineWithBlame(target: BlameTarget, parts: readonly ProvenPart[]): Combined {
  ensure(parts.length >= target.t, 'combine.wrong_count');
  checkIndices(parts, target.n);
  try {
    return combineFirst(target, parts, []);
  } catch (error) {
    if (!isFaultOfParts(error)) throw error;
  }
  const sound = parts.filter((part) => isProven(target, part));
  const faulty = parts.filter((part) => !sound.includes(part)).map(({ index }) => index);
  faulty.sort((a, b) => a - b);
  ensure(sound.length >= target.t, 'release.dleq_invalid', { faulty: faulty.join(','), needed: target.t });
  return combineFirst(target, sound, faulty);
}

function combineFirst(target: BlameTarget, parts: readonly ProvenPart[], faulty: readonly number[]): Combined {
  const chosen = parts.slice(0, target.t);
  const K = combine(
    target,
    chosen.map(({ index, share }) => ({ index, D: share.D })),
  );
  return { K, used: chosen.map(({ index }) => index), faulty };
}

function isProven({ context, Yi, enc }: BlameTarget, { index, share }: ProvenPart): boolean {
  try {
    verifyDleq({ context: { ...context, index }, Yi: Yi[index - 1] as Point33, enc }, share);
    return true;
  } catch (error) {
    if (error instanceof Ac1Error) return false;
    throw error;
  }
}

/** Errors that a wrong D can cause; what is wrong with count and indices was refused before. */
function isFaultOfParts(error: unknown): boolean {
  return error instanceof Ac1Error && (error.code === 'combine.commit_mismatch' || error.code.startsWith('point.'));
}

function checkIndices(parts: readonly { readonly index: number }[], n: number): void {
  ensure(
    parts.every(({ index }) => Number.isInteger(index) && index >= 1 && index <= n),
    'combine.index_invalid',
  );
  ensure(new Set(parts.map(({ index }) => index)).size === parts.length, 'combine.duplicate_index');
}

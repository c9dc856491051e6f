/** The end of a ceremony: the public key, everybody's public share, one's own share, and the transcript hash (PROTOCOL 13). */
import { encode, ensure } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { sumWeighted } from '../lagrange.ts';
import { encodePoint33, encodePoint65, isSamePoint, type Point, parsePoint65 } from '../point.ts';
import { isScalar, scalarBytes } from '../scalar.ts';
import type { Hash, Point33, Point65, Scalar } from '../wire.ts';
import { type CeremonyOpen, ceremonyAuthors, ceremonyOpenCodec } from './ceremony-open.ts';
import { evaluateCommits, verifyShare } from './polynomial.ts';
import type { VerifiedRound1 } from './round1.ts';

export interface CeremonyOutcome {
  readonly Y: Point65;
  /** Of members 1..n in order. */
  readonly Yi: readonly Point33[];
  /** Custodians compare it by voice or in person before they sign the new custody key. */
  readonly transcriptHash: Hash;
}

/** The shares of one member: f_i(j) of every author by ascending i. */
export interface ReceivedShares {
  readonly j: number;
  readonly shares: readonly Scalar[];
}

/**
 * The outcome of Round1s by ascending author; in a resharing `oldY` must come out again. With `received`, also that member's new share
 * x_j. Throws `ceremony.round1_invalid` (a missing, foreign or misplaced Round1, another Y) or `ceremony.share_invalid`.
 */
export function finishCeremony(
  open: CeremonyOpen,
  round1s: readonly VerifiedRound1[],
  oldY: Point65 | null,
  received: ReceivedShares | null,
): CeremonyOutcome & { readonly x: Scalar | null } {
  const authors = ceremonyAuthors(open);
  ensure(
    round1s.length === authors.length && round1s.every(({ i }, position) => i === authors[position]),
    'ceremony.round1_invalid',
  );
  const x = received === null ? null : sumShares(round1s, received);
  const commits = sumCommits(open.t, round1s);
  const Y = commits[0];
  ensure(Y !== null && Y !== undefined, 'ceremony.round1_invalid');
  ensure(oldY === null || isSamePoint(Y, parsePoint65(oldY)), 'ceremony.round1_invalid');
  const encodedY = encodePoint65(Y);
  const Yi = open.members.map(({ index }) => publicShare(commits, index));
  const parts = [encode(ceremonyOpenCodec, open), ...round1s.map(({ bytes }) => bytes), encodedY, ...Yi];
  return { x, Y: encodedY, Yi, transcriptHash: labelledHash('AC1 transcript', ...parts) };
}

function sumShares(round1s: readonly VerifiedRound1[], { j, shares }: ReceivedShares): Scalar {
  ensure(shares.length === round1s.length, 'ceremony.share_invalid');
  round1s.forEach(({ commits }, position) => {
    verifyShare(commits, j, shares[position] as Scalar);
  });
  const x = scalarBytes(shares.reduce((sum, share) => sum + bytesToNumberBE(share), 0n));
  ensure(isScalar(x), 'ceremony.share_invalid');
  return x;
}

/** Commitments to the sum of all polynomials, null where the identity came out. */
function sumCommits(t: number, round1s: readonly VerifiedRound1[]): (Point | null)[] {
  const ones = round1s.map(() => 1n);
  return Array.from({ length: t }, (_, k) =>
    sumWeighted(
      round1s.map(({ commits }) => commits[k] as Point),
      ones,
    ),
  );
}

/** Y_j = sum_k j^k * C_k; no honest author leaves the identity, so it is refused like a false Round1. */
function publicShare(commits: readonly (Point | null)[], j: number): Point33 {
  const share = evaluateCommits(commits, j);
  ensure(share !== null, 'ceremony.round1_invalid');
  return encodePoint33(share);
}

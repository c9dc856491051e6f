/** Round1: an author's commitments and the proof that it knows what it committed to (PROTOCOL 13). */
import { Ac1Error, decode, encode, ensure, equal, type Infer, list, struct, uint8 } from '@countersign/bytes';
import { crypto, isLabelledSignature, labelledSign, type Random } from '@countersign/crypto';
import { multiply, multiplyBase } from '../multiply.ts';
import { addPairs, encodePoint33, isSamePoint, negate, type Point, parsePoint33 } from '../point.ts';
import { hashToScalar, mulAdd, parseScalar } from '../scalar.ts';
import { type Hash, hash, type Point33, point33, scalar, sig } from '../wire.ts';
import { type CeremonyOpen, ceremonyAuthors, ceremonyContext, DKG } from './ceremony-open.ts';
import { deriveHandedCommit, type OldKey } from './old-key.ts';
import { commitTo, type Polynomial } from './polynomial.ts';

export const round1Codec = struct({
  ctx: hash,
  i: uint8,
  /** C_0 .. C_{t-1}. */
  commits: list(point33, 66, 1023),
  c: scalar,
  z: scalar,
  sig,
});
export type Round1 = Infer<typeof round1Codec>;

const SIG_BYTES = 64;
const NONCE_SEED_BYTES = 32;

/** A Round1 that passed every check. */
export interface VerifiedRound1 {
  readonly i: number;
  readonly bytes: Uint8Array;
  readonly commits: readonly Point[];
}

/** The encoded Round1 of author `i`; `seed` is its Ed25519 private key. Takes 32 bytes of `random`. */
export function createRound1(ctx: Hash, i: number, polynomial: Polynomial, random: Random, seed: Uint8Array): Uint8Array {
  const commits = commitTo(polynomial);
  const constant = polynomial[0] as Uint8Array;
  const k = hashToScalar('dkg-nonce', random(NONCE_SEED_BYTES), constant, ctx, Uint8Array.of(i));
  const c = challenge(ctx, i, commits[0] as Point33, multiplyBase(k));
  const unsigned = encode(round1Codec, { ctx, i, commits, c, z: mulAdd(k, c, constant), sig: new Uint8Array(SIG_BYTES) });
  const body = unsigned.subarray(0, -SIG_BYTES);
  unsigned.set(labelledSign(seed, 'AC1 ceremony msg', body), body.length);
  return unsigned;
}

/** What everybody publishes in round 0: plain SHA-256 of the encoded Round1, so that nobody chooses his after seeing another's. */
export function hashRound1(bytes: Uint8Array): Hash {
  return crypto.sha256(bytes);
}

/**
 * The Round1 of author `i` whose hash was published as `published`. After decoding (`decode.*`) every fault is
 * `ceremony.round1_invalid`. `old` belongs to a resharing and only to it.
 */
export function verifyRound1(
  open: CeremonyOpen,
  i: number,
  bytes: Uint8Array,
  published: Hash,
  old: OldKey | null,
): VerifiedRound1 {
  const round1 = decode(round1Codec, bytes);
  check(equal(hashRound1(bytes), published));
  check(equal(round1.ctx, ceremonyContext(open)));
  check(round1.i === i && ceremonyAuthors(open).includes(i));
  check(round1.commits.length === open.t);
  const key = authorKey(open, i, old);
  check(key !== null && isLabelledSignature(key, 'AC1 ceremony msg', bytes.subarray(0, -SIG_BYTES), round1.sig));
  const commits = parseCommits(round1);
  coded(() => [parseScalar(round1.c), parseScalar(round1.z)]);
  verifyKnowledge(round1, commits[0] as Point);
  if (old !== null) check(isSamePoint(commits[0] as Point, deriveHandedCommit(old, i, open.oldHolders)));
  return { i, bytes, commits };
}

/**
 * A Round1 that was verified once and comes from our own store or a log that proves it: decoded, bound to the ceremony, its points
 * valid; signature and proof are not checked again. Refused like `verifyRound1`.
 */
export function parseRound1(open: CeremonyOpen, bytes: Uint8Array): VerifiedRound1 {
  const round1 = decode(round1Codec, bytes);
  check(equal(round1.ctx, ceremonyContext(open)));
  check(round1.commits.length === open.t);
  return { i: round1.i, bytes, commits: parseCommits(round1) };
}

function parseCommits(round1: Round1): Point[] {
  return coded(() => round1.commits.map(parsePoint33));
}

/** R' = z*G - c*C_0 gives the challenge again. */
function verifyKnowledge({ ctx, i, commits, c, z }: Round1, constant: Point): void {
  const [R] = addPairs([[multiplyBase(z), negate(multiply(c, constant))]]);
  check(R !== null && R !== undefined && equal(challenge(ctx, i, commits[0] as Point33, R), c));
}

function challenge(ctx: Hash, i: number, constant: Point33, R: Point): Uint8Array {
  return hashToScalar('dkg-pok', ctx, Uint8Array.of(i), constant, encodePoint33(R));
}

/** The key under which author `i` signs: of CeremonyOpen, in a resharing of the old custody key; null when it has none. */
export function authorKey(open: CeremonyOpen, i: number, old: OldKey | null): Uint8Array | null {
  if (open.kind === DKG) return open.members[i - 1]?.sigKey ?? null;
  return old?.sigKeys[i - 1] ?? null;
}

function check(condition: boolean): asserts condition {
  ensure(condition, 'ceremony.round1_invalid');
}

/** Points and scalars of a Round1 have its code, not their own. */
function coded<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new Ac1Error('ceremony.round1_invalid', {}, { cause });
  }
}

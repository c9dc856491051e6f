/** Round2: the value f_i(j), sealed by author i to the member j of the new key (PROTOCOL 13). */
import { decode, encode, ensure, equal, fixed, type Infer, struct, uint8 } from '@countersign/bytes';
import { isLabelledSignature, labelled, labelledSign, type Random } from '@countersign/crypto';
import { createSealed, openSealed } from '../hpke.ts';
import type { Point } from '../point.ts';
import { type Hash, hash, type Point65, point65, type Scalar, sig } from '../wire.ts';
import { verifyShare } from './polynomial.ts';

export const round2Codec = struct({ ctx: hash, i: uint8, j: uint8, enc: point65, sealed: fixed(48), sig });
export type Round2 = Infer<typeof round2Codec>;

const SIG_BYTES = 64;
const EMPTY = new Uint8Array(0);

/** From whom to whom in which ceremony. */
export interface Round2Route {
  readonly ctx: Hash;
  readonly i: number;
  readonly j: number;
}

/** The encoded Round2; `hpkeKey` is the valid one of member j in CeremonyOpen, `seed` the author's Ed25519 private key. */
export function createRound2(route: Round2Route, share: Scalar, hpkeKey: Point65, random: Random, seed: Uint8Array): Uint8Array {
  const { enc, sealed } = createSealed(hpkeKey, info(route), EMPTY, share, random);
  const unsigned = encode(round2Codec, { ...route, enc, sealed, sig: new Uint8Array(SIG_BYTES) });
  const body = unsigned.subarray(0, -SIG_BYTES);
  unsigned.set(labelledSign(seed, 'AC1 ceremony share msg', body), body.length);
  return unsigned;
}

/**
 * The share in a Round2 that member j opens: bound to `route`, signed by `authorKey`, sealed to `hpkeSecret`, and on the polynomial that
 * author i committed to. After decoding (`decode.*`) every fault is `ceremony.share_invalid`.
 */
export function openRound2(
  route: Round2Route,
  bytes: Uint8Array,
  authorKey: Uint8Array,
  hpkeSecret: Scalar,
  commits: readonly Point[],
): Scalar {
  const round2 = decode(round2Codec, bytes);
  ensure(equal(round2.ctx, route.ctx) && round2.i === route.i && round2.j === route.j, 'ceremony.share_invalid');
  const body = bytes.subarray(0, -SIG_BYTES);
  ensure(isLabelledSignature(authorKey, 'AC1 ceremony share msg', body, round2.sig), 'ceremony.share_invalid');
  const share = openSealed(hpkeSecret, info(route), EMPTY, round2);
  ensure(share !== null, 'ceremony.share_invalid');
  return verifyShare(commits, route.j, share);
}

function info({ ctx, i, j }: Round2Route): Uint8Array {
  return labelled('AC1 ceremony share', ctx, Uint8Array.of(i, j));
}

/** What custodians who deviate, or who are too few, can do to a release. */
import { crypto } from '@countersign/crypto';
import { expect, test } from 'vitest';
import {
  combine,
  combineWithBlame,
  createScopeProof,
  GBAR,
  type ProvenPart,
  parseScopeProof,
  verifyDleq,
  verifyScopeProof,
} from '../../src/index.ts';
import { multiply, multiplyBase } from '../../src/multiply.ts';
import { encodePoint33, encodePoint65, G, negate, parsePoint33, parsePoint65 } from '../../src/point.ts';
import { hashToScalar, mulAdd, scalarBytes } from '../../src/scalar.ts';
import { codeOf } from '../codes.ts';
import { dkg, release, reshare, type SealedScope, sealScope, seededRandom } from '../parties.ts';

const key = dkg(3, 5);
const sealed = sealScope(key);

/** A part of the right form made with a share that nobody holds. */
function wrongPart(index: number): ProvenPart {
  const forged = { ...key, shares: key.shares.map(() => seededRandom('not a share')(32)) };
  return release(forged, sealed, [index])[0] as ProvenPart;
}

function plain(parts: readonly ProvenPart[]) {
  return parts.map(({ index, share }) => ({ index, D: share.D }));
}

test('a wrong part is named and routed around when enough others are there', () => {
  const parts = [...release(key, sealed, [1]), wrongPart(2), ...release(key, sealed, [3, 4])];
  expect(combineWithBlame(sealed.target, parts)).toEqual({ K: sealed.K, used: [1, 3, 4], faulty: [2] });
});

test('several wrong parts, one of which is no point, are all named', () => {
  const noPoint = { index: 5, share: { ...wrongPart(5).share, D: new Uint8Array(33) } };
  const parts = [noPoint, wrongPart(2), ...release(key, sealed, [4, 3, 1])];
  expect(combineWithBlame(sealed.target, parts)).toEqual({ K: sealed.K, used: [4, 3, 1], faulty: [2, 5] });
});

test('a right D with the proof of another order is named too, once the proofs are looked at', () => {
  const elsewhere: SealedScope = {
    ...sealed,
    target: { ...sealed.target, context: { ...sealed.target.context, orderHash: new Uint8Array(32).fill(8) } },
  };
  const parts = [...release(key, elsewhere, [1]), wrongPart(2), ...release(key, sealed, [3, 4, 5])];
  expect(combineWithBlame(sealed.target, parts)).toEqual({ K: sealed.K, used: [3, 4, 5], faulty: [1, 2] });
});

test('too few good parts: the refusal names the faulty custodian and how many parts are needed', () => {
  const parts = [...release(key, sealed, [1, 3]), wrongPart(2)];
  expect(() => combineWithBlame(sealed.target, parts)).toThrow(
    expect.objectContaining({ code: 'release.dleq_invalid', detail: { faulty: '2', needed: 3 } }),
  );
});

test('all proofs hold and k_commit does not: it is the sender who lied', () => {
  const target = { ...sealed.target, kCommit: new Uint8Array(32) };
  expect(codeOf(() => combineWithBlame(target, release(key, sealed, [1, 2, 3, 4])))).toBe('combine.commit_mismatch');
});

test('t - 1 parts give nothing, whatever stands in for the last one', () => {
  const two = release(key, sealed, [1, 2]);
  expect(codeOf(() => combine(sealed.target, plain(two)))).toBe('combine.wrong_count');
  expect(codeOf(() => combine({ ...sealed.target, t: 2 }, plain(two)))).toBe('combine.commit_mismatch');
  const [, second] = two as [ProvenPart, ProvenPart];
  const repeated = { index: 3, share: second.share };
  expect(codeOf(() => combine(sealed.target, plain([...two, repeated])))).toBe('combine.commit_mismatch');
});

test('parts that cancel to the identity are a mismatch, not a crash', () => {
  const target = { ...sealed.target, t: 2, n: 2 };
  // lambda_1 = 2 and lambda_2 = -1, so D_2 = 2 * D_1 sums to nothing.
  const parts = [
    { index: 1, D: encodePoint33(G) },
    { index: 2, D: encodePoint33(multiplyBase(scalarBytes(2n))) },
  ];
  expect(codeOf(() => combine(target, parts))).toBe('combine.commit_mismatch');
});

test('parts of two generations do not combine, and their proofs tell them apart', () => {
  const next = reshare(key, [1, 2, 3], 3, 5);
  const sealedNext = sealScope(next);
  const stale = release(key, sealed, [4]);
  const parts = [...release(next, sealedNext, [1, 2]), ...stale];
  expect(codeOf(() => combine(sealedNext.target, plain(parts)))).toBe('combine.commit_mismatch');
  const rescued = combineWithBlame(sealedNext.target, [...parts, ...release(next, sealedNext, [5])]);
  expect(rescued).toEqual({ K: sealed.K, used: [1, 2, 5], faulty: [4] });
});

test('a negated nonce point is refused: no sign is guessed when a proof is checked', () => {
  const [e, k] = [seededRandom('e')(32), seededRandom('k')(32)];
  const head = seededRandom('head')(266);
  const { ubar } = createScopeProof(e, head);
  const enc = crypto.p256PublicKey(e);
  const [A, B] = [multiplyBase(k), multiply(k, GBAR)];
  const prove = (a: typeof A, b: typeof B) => {
    const c = hashToScalar('pok', head, ubar, encodePoint33(a), encodePoint33(b));
    return codeOf(() => verifyScopeProof(head, parseScopeProof(enc, { ubar, c, z: mulAdd(k, c, e) })));
  };
  expect(prove(A, B)).toBe('ok');
  expect(prove(negate(A), B)).toBe('grant.proof_invalid');
  expect(prove(A, negate(B))).toBe('grant.proof_invalid');
  expect(prove(negate(A), negate(B))).toBe('grant.proof_invalid');
});

test('a proof with a nonce of zero, and one for another logarithm, are refused', () => {
  const e = seededRandom('e')(32);
  const enc = crypto.p256PublicKey(e);
  const head = seededRandom('head')(266);
  const { ubar, c } = createScopeProof(e, head);
  const zeroNonce = { ubar, c, z: mulAdd(new Uint8Array(32), c, e) };
  expect(codeOf(() => verifyScopeProof(head, parseScopeProof(enc, zeroNonce)))).toBe('grant.proof_invalid');
  const victim = parsePoint65(crypto.p256PublicKey(seededRandom('victim')(32)));
  const stolen = createScopeProof(e, head);
  expect(codeOf(() => verifyScopeProof(head, { enc: victim, ubar: parsePoint33(ubar), proof: stolen }))).toBe(
    'grant.proof_invalid',
  );
});

test('enc = G and enc = -G, for which s*enc is the public share itself, are answered and proven like any other', () => {
  const context = { ...sealed.target.context, index: 1 };
  for (const point of [G, negate(G)]) {
    const enc = encodePoint65(point);
    const target = { ...sealed, target: { ...sealed.target, enc } };
    const [part] = release(key, target, [1]) as [ProvenPart];
    expect(codeOf(() => verifyDleq({ context, Yi: key.Yi[0] as Uint8Array, enc }, part.share))).toBe('ok');
  }
});

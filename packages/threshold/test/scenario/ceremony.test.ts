/** Key generation and resharing from the first message to a combined K (PROTOCOL 13). */
import { toHex } from '@countersign/bytes';
import { p256_FROST } from '@noble/curves/nist.js';
import { numberToBytesBE } from '@noble/curves/utils.js';
import { expect, test } from 'vitest';
import {
  type CeremonyMessage,
  ceremonyContext,
  combine,
  combineWithBlame,
  createRound1,
  evaluatePolynomial,
  finishCeremony,
  hashRound1,
  receiveMessage,
  startCeremony,
  verifyDleq,
  verifyRound1,
} from '../../src/index.ts';
import {
  dkg,
  dkgSetups,
  finishedOnly,
  oldCustody,
  openDkg,
  openReshare,
  people,
  release,
  reshare,
  runCeremony,
  sealScope,
  seededRandom,
  type ThresholdKey,
} from '../parties.ts';

function opens(key: ThresholdKey, indices: readonly number[]): void {
  const sealed = sealScope(key, `scope for ${indices}`);
  const parts = release(key, sealed, indices);
  for (const { index, share } of parts) {
    verifyDleq(
      { context: { ...sealed.target.context, index }, Yi: key.Yi[index - 1] as Uint8Array, enc: sealed.target.enc },
      share,
    );
  }
  const K = combine(
    sealed.target,
    parts.map(({ index, share }) => ({ index, D: share.D })),
  );
  expect(toHex(K)).toBe(toHex(sealed.K));
}

function agrees(key: ThresholdKey): void {
  expect(new Set(key.transcriptHashes.map(toHex)).size).toBe(1);
}

test('2 of 3: any two open, in any order', () => {
  const key = dkg(2, 3);
  agrees(key);
  for (const pair of [
    [1, 2],
    [3, 1],
    [2, 3],
  ])
    opens(key, pair);
});

test('3 of 5, handed on by {1,3,5} to 4 of 7: the public key stays, the shares are new', () => {
  const key = dkg(3, 5);
  opens(key, [5, 2, 4]);
  const next = reshare(key, [1, 3, 5], 4, 7);
  agrees(next);
  expect(next.Y).toEqual(key.Y);
  expect(next.shareGen).toBe(1);
  expect(next.shares.map(toHex)).not.toContain(toHex(key.shares[0] as Uint8Array));
  opens(next, [7, 1, 4, 2]);
  opens(reshare(next, [2, 3, 4, 7], 2, 2), [1, 2]);
});

test('16 of 31, the largest: the last sixteen open', { timeout: 60_000 }, () => {
  const key = dkg(16, 31);
  agrees(key);
  opens(
    key,
    Array.from({ length: 16 }, (_, i) => 31 - i),
  );
});

test('a reader with more parts than it needs uses the first t and looks at no proof', () => {
  const key = dkg(2, 3);
  const sealed = sealScope(key);
  const combined = combineWithBlame(sealed.target, release(key, sealed, [3, 1, 2]));
  expect(combined).toEqual({ K: sealed.K, used: [3, 1], faulty: [] });
});

test('an old holder may be a member of the new key too', () => {
  const key = dkg(2, 3);
  const members = people('mixed', 3);
  const open = openReshare(key, [1, 3], 2, members);
  const old = oldCustody(key);
  const author = (index: number) => ({
    index,
    seed: key.holders[index - 1]?.seed as Uint8Array,
    share: key.shares[index - 1] as Uint8Array,
  });
  const receiver = (index: number) => ({ index, hpkeSecret: members[index - 1]?.hpkeSecret as Uint8Array });
  const states = runCeremony(
    [
      { open, old, author: author(3), receiver: receiver(1) },
      { open, old, author: null, receiver: receiver(2) },
      { open, old, author: author(1), receiver: receiver(3) },
    ],
    seededRandom('mixed'),
  );
  for (const { outcome } of finishedOnly(states)) expect(outcome.Y).toEqual(key.Y);
});

test('messages may come twice, early and in the worst order', () => {
  const members = people('disorder', 3);
  const setups = dkgSetups(openDkg(2, members), members);
  const random = seededRandom('disorder');
  const log: CeremonyMessage[] = [];
  runCeremony(setups, random, (message) => {
    log.push(message);
    return message;
  });
  const first = setups[0] as (typeof setups)[0];
  let { state } = startCeremony(first, seededRandom('disorder'));
  for (const message of [...log].reverse().concat(log)) {
    if (message.from !== 1) state = receiveMessage(state, message, random).state;
  }
  expect(state.phase).toBe('finished');
});

test('the DKG of RFC 9591 by another implementation gives the same key from the same coefficients', () => {
  const [t, n] = [2, 3];
  const ids = [1, 2, 3].map((i) => p256_FROST.Identifier.fromNumber(i));
  const theirs = ids.map((id) => p256_FROST.DKG.round1(id, { min: t, max: n }));
  const polynomials = theirs.map(({ secret }) => (secret.coefficients ?? []).map((a) => numberToBytesBE(a, 32)));
  const packages = theirs.map(({ secret }, i) =>
    p256_FROST.DKG.round2(
      secret,
      theirs.filter((_, j) => j !== i).map((other) => other.public),
    ),
  );
  const key = p256_FROST.DKG.round3(
    (theirs[0] as (typeof theirs)[0]).secret,
    theirs.slice(1).map((other) => other.public),
    packages.slice(1).map((sent) => sent[ids[0] as string] as { identifier: string; signingShare: Uint8Array }),
  );

  const members = people('frost', n);
  const open = openDkg(t, members);
  const round1s = polynomials.map((polynomial, i) => {
    const bytes = createRound1(ceremonyContext(open), i + 1, polynomial, seededRandom('frost'), members[i]?.seed as Uint8Array);
    return verifyRound1(open, i + 1, bytes, hashRound1(bytes), null);
  });
  const shares = polynomials.map((polynomial) => evaluatePolynomial(polynomial, 1));
  const ours = finishCeremony(open, round1s, null, { j: 1, shares });
  expect(toHex(ours.x as Uint8Array)).toBe(toHex(key.secret.signingShare));
  expect(ours.Yi.map(toHex)).toEqual(ids.map((id) => toHex(key.public.verifyingShares[id] as Uint8Array)));
});

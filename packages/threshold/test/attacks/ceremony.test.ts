/** What a deviating party can do to a ceremony: everybody who can see the fault names it, and nobody ends with a key. */
import { decode, encode } from '@countersign/bytes';
import { labelledSign } from '@countersign/crypto';
import { describe, expect, test } from 'vitest';
import {
  type AbortedCeremony,
  type CeremonyMessage,
  type CeremonyState,
  ceremonyContext,
  createRound1,
  createRound2,
  evaluatePolynomial,
  type FinishedCeremony,
  hashRound1,
  type OldCustody,
  REASON_EQUIVOCATION,
  REASON_ROUND1,
  REASON_SHARE,
  receiveMessage,
  round1Codec,
  startCeremony,
  verifyCeremonyOpen,
} from '../../src/index.ts';
import { codeOf } from '../codes.ts';
import {
  dkg,
  dkgSetups,
  finishedOnly,
  openDkg,
  openReshare,
  type Person,
  people,
  reshare,
  reshareSetups,
  runCeremony,
  seededRandom,
  type Tamper,
} from '../parties.ts';

const members = people('attacked', 3);
const open = openDkg(2, members);
const ctx = ceremonyContext(open);
const liar = members[1] as Person;

function play(tamper: Tamper): CeremonyState[] {
  return runCeremony(dkgSetups(open, members), seededRandom('attacked'), tamper);
}

function complaints(states: readonly CeremonyState[]): (AbortedCeremony['complaint'] | null)[] {
  return states.map((state) => (state.phase === 'aborted' ? state.complaint : null));
}

/** Author 2 says in both rounds what `round1` says. */
function dealerSays(round1: Uint8Array): Tamper {
  return (message) => {
    if (message.from !== 2 || message.kind === 'round2') return message;
    return { ...message, bytes: message.kind === 'hash' ? hashRound1(round1) : round1 };
  };
}

describe('DKG', () => {
  test('a dealer whose share is not on its polynomial is named by the receiver alone', () => {
    const lie = createRound2(
      { ctx, i: 2, j: 3 },
      seededRandom('lie')(32),
      members[2]?.hpkeKey as Uint8Array,
      seededRandom('x'),
      liar.seed,
    );
    const states = play((message) =>
      message.kind === 'round2' && message.from === 2 && message.to === 3 ? { ...message, bytes: lie } : message,
    );
    expect(complaints(states)).toEqual([null, null, { ctx, from: 3, against: 2, reason: REASON_SHARE }]);
  });

  test('a dealer who does not know what it committed to is named by everybody', () => {
    const [polynomial, other] = [0, 1].map((i) => [seededRandom(`a${i}`)(32), seededRandom(`b${i}`)(32)]);
    const honest = decode(round1Codec, createRound1(ctx, 2, polynomial as Uint8Array[], seededRandom('y'), liar.seed));
    const foreign = decode(round1Codec, createRound1(ctx, 2, other as Uint8Array[], seededRandom('z'), liar.seed));
    const unsigned = encode(round1Codec, { ...honest, commits: foreign.commits });
    unsigned.set(labelledSign(liar.seed, 'AC1 ceremony msg', unsigned.subarray(0, -64)), unsigned.length - 64);
    const states = play(dealerSays(unsigned));
    expect(complaints(states)[0]).toEqual({ ctx, from: 1, against: 2, reason: REASON_ROUND1 });
    expect(complaints(states)[2]).toEqual({ ctx, from: 3, against: 2, reason: REASON_ROUND1 });
  });

  test('a dealer who chooses its Round1 after the others, against its hash, is named', () => {
    const late = createRound1(ctx, 2, [seededRandom('c')(32), seededRandom('d')(32)], seededRandom('e'), liar.seed);
    const states = play((message) => (message.kind === 'round1' && message.from === 2 ? { ...message, bytes: late } : message));
    expect(complaints(states)[0]).toMatchObject({ against: 2, reason: REASON_ROUND1 });
  });

  test('a Round1 of another threshold is refused', () => {
    const longer = createRound1(
      ctx,
      2,
      [1, 2, 3].map((i) => seededRandom(`${i}`)(32)),
      seededRandom('e'),
      liar.seed,
    );
    expect(complaints(play(dealerSays(longer)))[0]).toMatchObject({ against: 2, reason: REASON_ROUND1 });
  });

  test('a Round1 that another member signed is refused: nobody can speak for somebody else', () => {
    const forged = createRound1(
      ctx,
      2,
      [1, 2].map((i) => seededRandom(`${i}`)(32)),
      seededRandom('e'),
      members[0]?.seed as Uint8Array,
    );
    expect(complaints(play(dealerSays(forged)))[0]).toMatchObject({ against: 2, reason: REASON_ROUND1 });
  });

  test('two different hashes of one author are a fault at once', () => {
    const random = seededRandom('twice');
    const { state } = startCeremony(dkgSetups(open, members)[0] as ReturnType<typeof dkgSetups>[0], random);
    const hash = (byte: number): CeremonyMessage => ({ kind: 'hash', from: 2, bytes: new Uint8Array(32).fill(byte) });
    const first = receiveMessage(state, hash(1), random);
    expect(first.state.phase).toBe('hashes');
    expect(complaints([receiveMessage(first.state, hash(2), random).state])).toEqual([
      { ctx, from: 1, against: 2, reason: REASON_EQUIVOCATION },
    ]);
  });

  test('different polynomials shown to different members: all finish, and the transcript hashes tell', () => {
    const polynomial = [seededRandom('f')(32), seededRandom('g')(32)];
    const toThird = dealerSays(createRound1(ctx, 2, polynomial, seededRandom('h'), liar.seed));
    const hpkeKey = members[2]?.hpkeKey as Uint8Array;
    const share = createRound2({ ctx, i: 2, j: 3 }, evaluatePolynomial(polynomial, 3), hpkeKey, seededRandom('x'), liar.seed);
    const states = play((message, to) => {
      if (to !== 2 || message.from !== 2) return message;
      return message.kind === 'round2' && message.to === 3 ? { ...message, bytes: share } : toThird(message, to);
    });
    const [first, , third] = finishedOnly(states) as [FinishedCeremony, FinishedCeremony, FinishedCeremony];
    expect(third.outcome.transcriptHash).not.toEqual(first.outcome.transcriptHash);
  });

  test('no Round1 leaves before the last hash is in, and no share before the last Round1', () => {
    const sent: CeremonyMessage['kind'][] = [];
    const states = play((message) => {
      sent.push(message.kind);
      return message.kind === 'hash' && message.from === 2 ? null : message;
    });
    expect(sent.filter((kind) => kind === 'round1')).toEqual(['round1', 'round1']);
    expect(sent).not.toContain('round2');
    expect(states.map(({ phase }) => phase)).toEqual(['hashes', 'round1', 'hashes']);
  });

  test('strangers and late messages change nothing', () => {
    const random = seededRandom('strangers');
    const { state } = startCeremony(dkgSetups(open, members)[0] as ReturnType<typeof dkgSetups>[0], random);
    const stranger: CeremonyMessage = { kind: 'hash', from: 4, bytes: new Uint8Array(32) };
    const misdirected: CeremonyMessage = { kind: 'round2', from: 2, to: 3, bytes: new Uint8Array(211) };
    expect(receiveMessage(state, stranger, random).state).toBe(state);
    expect(receiveMessage(state, misdirected, random).state).toBe(state);
    const [finished] = play((message) => message);
    expect(receiveMessage(finished as CeremonyState, { ...stranger, from: 2 }, random).state).toBe(finished);
  });
});

describe('resharing', () => {
  const key = dkg(2, 3);
  const joining = people('joining', 3);
  const reopened = openReshare(key, [1, 3], 2, joining);

  test('an old holder with another share than its own is named before any share is dealt', () => {
    const lying = { ...key, shares: [key.shares[0], key.shares[1], seededRandom('false share')(32)] as Uint8Array[] };
    const setups = reshareSetups(reopened, lying, joining);
    const states = runCeremony(setups, seededRandom('lying'));
    const reshareCtx = ceremonyContext(reopened);
    expect(complaints(states).slice(2)).toEqual(
      [1, 2, 3].map((from) => ({ ctx: reshareCtx, from, against: 3, reason: REASON_ROUND1 })),
    );
  });

  test('a share of an earlier generation cannot be handed on: its holder is named', () => {
    const next = reshare(key, [1, 2], 2, 3);
    const stale = { ...next, shares: [key.shares[0], next.shares[1], next.shares[2]] as Uint8Array[] };
    const open = openReshare(stale, [1, 3], 2, joining);
    const states = runCeremony(reshareSetups(open, stale, joining), seededRandom('stale'));
    expect(complaints(states).slice(1)).toEqual(
      [3, 1, 2, 3].map((from) => ({ ctx: ceremonyContext(open), from, against: 1, reason: REASON_ROUND1 })),
    );
  });

  test.each([
    ['another key', { custodyKeyId: new Uint8Array(32) }],
    ['another generation', { shareGen: 7 }],
    ['a threshold that the quorum does not have', { t: 3 }],
    ['fewer holders than the quorum names', { Yi: key.Yi.slice(0, 2) }],
  ])('%s than CeremonyOpen names is not joined', (_, change) => {
    const setup = reshareSetups(reopened, key, joining)[0] as ReturnType<typeof reshareSetups>[0];
    const old = { ...(setup.old as OldCustody), ...change };
    expect(codeOf(() => startCeremony({ ...setup, old }, seededRandom('old')))).toBe('custody_key.invalid');
  });

  test('an old holder outside the quorum has no say', () => {
    const setup = reshareSetups(reopened, key, joining)[0] as ReturnType<typeof reshareSetups>[0];
    const outside = { index: 2, seed: key.holders[1]?.seed as Uint8Array, share: key.shares[1] as Uint8Array };
    expect(() => startCeremony({ ...setup, author: outside }, seededRandom('outside'))).toThrow(RangeError);
  });

  test('an old key whose public shares belong to another Y is not joined', () => {
    const other = { ...key, Y: dkg(2, 3, 'another key').Y };
    const open = openReshare(other, [1, 3], 2, joining);
    const setup = reshareSetups(open, other, joining)[0] as ReturnType<typeof reshareSetups>[0];
    expect(codeOf(() => startCeremony(setup, seededRandom('other')))).toBe('custody_key.invalid');
  });
});

describe('CeremonyOpen', () => {
  const key = dkg(2, 3);
  const [first, second, third] = open.members as [(typeof open.members)[0], (typeof open.members)[0], (typeof open.members)[0]];
  test.each([
    ['t = 1', { t: 1 }, 'decode.value'],
    ['t above n', { t: 4 }, 'decode.value'],
    ['n that is not the number of members', { n: 4 }, 'decode.value'],
    ['members out of order', { members: [second, first, third] }, 'decode.value'],
    ['a Yi before the ceremony', { members: [{ ...first, Yi: key.Yi[0] as Uint8Array }, second, third] }, 'decode.value'],
    ['old holders in a DKG', { oldHolders: [1, 2] }, 'decode.value'],
    ['a resharing by one holder', { kind: 2 as const, oldHolders: [1] }, 'decode.value'],
    ['a resharing by the same holder twice', { kind: 2 as const, oldHolders: [2, 2] }, 'decode.value'],
    [
      'an hpke_key off the curve',
      { members: [first, { ...second, hpkeKey: new Uint8Array(65).fill(4) }, third] },
      'point.off_curve',
    ],
    ['an empty hpke_key', { members: [first, second, { ...third, hpkeKey: new Uint8Array(65) }] }, 'point.identity'],
  ])('%s is refused', (_, change, code) => {
    expect(codeOf(() => verifyCeremonyOpen({ ...open, ...change }))).toBe(code);
  });
});

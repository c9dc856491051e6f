/**
 * A ceremony as one participant runs it (PROTOCOL 13): state in, message in, state and messages out. DKG and resharing are the same
 * machine; they differ in who deals (all members, or a quorum of old holders) and in what a polynomial's constant term is.
 *
 * The transport authenticates `from`; messages may come in any order and more than once. Hashes and Round1 go to everybody (through the
 * log), a Round2 to its one receiver. Different parties could be shown different Round1s: that is what comparing transcript hashes before
 * signing is for. A party that stays silent is the caller's to time out, with a new ceremony. States hold secrets and are plain data.
 */
import { Ac1Error, equal } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { Hash, Scalar } from '../wire.ts';
import { type CeremonyOpen, ceremonyAuthors, ceremonyContext, RESHARE, verifyCeremonyOpen } from './ceremony-open.ts';
import { type Complaint, REASON_EQUIVOCATION, REASON_ROUND1, REASON_SHARE } from './complaint.ts';
import { type CeremonyOutcome, finishCeremony } from './finish.ts';
import { deriveHandedShare, type OldCustody, verifyOldCustody } from './old-key.ts';
import { createPolynomial, evaluatePolynomial, type Polynomial } from './polynomial.ts';
import { authorKey, createRound1, hashRound1, type VerifiedRound1, verifyRound1 } from './round1.ts';
import { createRound2, openRound2 } from './round2.ts';

export interface Author {
  /** A member's index in a DKG, that of the old custody key in a resharing. */
  readonly index: number;
  /** Ed25519 private key of the key that CeremonyOpen, or the old custody key, lists. */
  readonly seed: Uint8Array;
  /** The old share in a resharing, null in a DKG. */
  readonly share: Scalar | null;
}

export interface Receiver {
  /** Among the members of CeremonyOpen. */
  readonly index: number;
  /** Of the hpke_key in CeremonyOpen; destroyed when the ceremony ends. */
  readonly hpkeSecret: Scalar;
}

export interface CeremonySetup {
  readonly open: CeremonyOpen;
  /** The key to hand on, null in a DKG. */
  readonly old: OldCustody | null;
  /** Null for a member that deals nothing. */
  readonly author: Author | null;
  /** Null for an old holder that leaves. */
  readonly receiver: Receiver | null;
}

export type CeremonyMessage =
  | { readonly kind: 'hash'; readonly from: number; readonly bytes: Hash }
  | { readonly kind: 'round1'; readonly from: number; readonly bytes: Uint8Array }
  | { readonly kind: 'round2'; readonly from: number; readonly to: number; readonly bytes: Uint8Array };

type Received = ReadonlyMap<number, Uint8Array>;

export interface RunningCeremony {
  readonly phase: 'hashes' | 'round1' | 'shares';
  readonly setup: CeremonySetup;
  readonly ctx: Hash;
  /** What this author deals, with its Round1. */
  readonly dealt: { readonly polynomial: Polynomial; readonly round1: Uint8Array } | null;
  /** By author. */
  readonly hashes: Received;
  readonly round1s: Received;
  readonly round2s: Received;
  /** By ascending author, in phase `shares`. */
  readonly verified: readonly VerifiedRound1[];
}

export interface FinishedCeremony {
  readonly phase: 'finished';
  readonly ctx: Hash;
  readonly outcome: CeremonyOutcome;
  /** The new share; null for who receives none. */
  readonly x: Scalar | null;
}

export interface AbortedCeremony {
  readonly phase: 'aborted';
  readonly complaint: Complaint;
}

export type CeremonyState = RunningCeremony | FinishedCeremony | AbortedCeremony;

export interface CeremonyStep {
  readonly state: CeremonyState;
  readonly send: readonly CeremonyMessage[];
}

/**
 * Joins a ceremony. Throws when CeremonyOpen breaks its rules (`decode.value`, `point.*`), `custody_key.invalid` when the old key
 * is not the one to hand on, and RangeError when the setup names a seat that is not there.
 */
export function startCeremony(setup: CeremonySetup, random: Random): CeremonyStep {
  verifyCeremonyOpen(setup.open);
  checkSeats(setup);
  if (setup.old !== null) verifyOldCustody(setup.open, setup.old);
  const ctx = ceremonyContext(setup.open);
  const dealt = setup.author === null ? null : deal(setup, setup.author, ctx, random);
  const state: RunningCeremony = {
    phase: 'hashes',
    setup,
    ctx,
    dealt,
    hashes: new Map(),
    round1s: new Map(),
    round2s: new Map(),
    verified: [],
  };
  if (setup.author === null || dealt === null) return { state, send: [] };
  const own: CeremonyMessage = { kind: 'hash', from: setup.author.index, bytes: hashRound1(dealt.round1) };
  return { state: store(state, own), send: [own] };
}

/** Takes one message in. A message of nobody's, for somebody else, or after the end changes nothing. */
export function receiveMessage(state: CeremonyState, message: CeremonyMessage, random: Random): CeremonyStep {
  if (state.phase === 'finished' || state.phase === 'aborted') return { state, send: [] };
  if (!isForUs(state.setup, message)) return { state, send: [] };
  const earlier = state[LISTS[message.kind]].get(message.from);
  if (earlier === undefined) return advance({ state: store(state, message), send: [] }, random);
  if (equal(earlier, message.bytes)) return { state, send: [] };
  return { state: abort(state, message.from, REASON_EQUIVOCATION), send: [] };
}

const LISTS = { hash: 'hashes', round1: 'round1s', round2: 'round2s' } as const;

function store(state: RunningCeremony, message: CeremonyMessage): RunningCeremony {
  const list = LISTS[message.kind];
  return { ...state, [list]: new Map(state[list]).set(message.from, message.bytes) };
}

function isForUs({ open, receiver }: CeremonySetup, message: CeremonyMessage): boolean {
  if (message.kind === 'round2' && message.to !== receiver?.index) return false;
  return ceremonyAuthors(open).includes(message.from);
}

/** Goes through the phases as far as what has arrived allows. */
function advance(step: CeremonyStep, random: Random): CeremonyStep {
  const { state, send } = step;
  switch (state.phase) {
    case 'hashes':
      return hasAll(state, state.hashes) ? advance(publishRound1(state, send), random) : step;
    case 'round1':
      return hasAll(state, state.round1s) ? advance(judgeRound1s(state, send, random), random) : step;
    case 'shares':
      return state.setup.receiver === null || hasAll(state, state.round2s) ? { state: finish(state), send } : step;
    case 'finished':
    case 'aborted':
      return step;
  }
}

function hasAll({ setup }: RunningCeremony, list: Received): boolean {
  return ceremonyAuthors(setup.open).every((author) => list.has(author));
}

/** Round 1 begins only when every hash is in, so no author's choice can depend on another's. */
function publishRound1(state: RunningCeremony, send: readonly CeremonyMessage[]): CeremonyStep {
  const next: RunningCeremony = { ...state, phase: 'round1' };
  const { author } = state.setup;
  if (author === null || state.dealt === null) return { state: next, send };
  const own: CeremonyMessage = { kind: 'round1', from: author.index, bytes: state.dealt.round1 };
  return { state: store(next, own), send: [...send, own] };
}

/** Shares go out only when every Round1 stands. */
function judgeRound1s(state: RunningCeremony, send: readonly CeremonyMessage[], random: Random): CeremonyStep {
  const { open, old } = state.setup;
  const verified: VerifiedRound1[] = [];
  for (const author of ceremonyAuthors(open)) {
    const judged = attempt(() =>
      verifyRound1(open, author, state.round1s.get(author) as Uint8Array, state.hashes.get(author) as Hash, old),
    );
    if (judged === null) return { state: abort(state, author, REASON_ROUND1), send };
    verified.push(judged);
  }
  const next: RunningCeremony = { ...state, phase: 'shares', verified };
  const dealt = dealShares(state, random);
  const own = dealt.filter((message) => isForUs(state.setup, message));
  return { state: own.reduce(store, next), send: [...send, ...dealt.filter((message) => !own.includes(message))] };
}

function dealShares({ setup, ctx, dealt }: RunningCeremony, random: Random): CeremonyMessage[] {
  const { open, author } = setup;
  if (author === null || dealt === null) return [];
  return open.members.map(({ index: j, hpkeKey }) => {
    const route = { ctx, i: author.index, j };
    const bytes = createRound2(route, evaluatePolynomial(dealt.polynomial, j), hpkeKey, random, author.seed);
    return { kind: 'round2', from: author.index, to: j, bytes };
  });
}

function finish(state: RunningCeremony): CeremonyState {
  const { open, old, receiver } = state.setup;
  const shares: Scalar[] = [];
  for (const round1 of receiver === null ? [] : state.verified) {
    const share = attempt(() => openShare(state, receiver as Receiver, round1));
    if (share === null) return abort(state, round1.i, REASON_SHARE);
    shares.push(share);
  }
  const received = receiver === null ? null : { j: receiver.index, shares };
  const finished = attempt(() => finishCeremony(open, state.verified, old?.Y ?? null, received));
  if (finished === null) return abort(state, 0, REASON_ROUND1);
  const { x, ...outcome } = finished;
  return { phase: 'finished', ctx: state.ctx, outcome, x };
}

function openShare({ setup, ctx, round2s }: RunningCeremony, receiver: Receiver, { i, commits }: VerifiedRound1): Scalar {
  const key = authorKey(setup.open, i, setup.old) as Uint8Array;
  return openRound2({ ctx, i, j: receiver.index }, round2s.get(i) as Uint8Array, key, receiver.hpkeSecret, commits);
}

function abort({ setup, ctx }: RunningCeremony, against: number, reason: number): AbortedCeremony {
  return { phase: 'aborted', complaint: { ctx, from: setup.receiver?.index ?? setup.author?.index ?? 0, against, reason } };
}

/** What `judge` gives, or null when the enemy's bytes were refused; other errors are ours and go on. */
function attempt<T>(judge: () => T): T | null {
  try {
    return judge();
  } catch (error) {
    if (error instanceof Ac1Error) return null;
    throw error;
  }
}

function deal({ open }: CeremonySetup, { index, seed, share }: Author, ctx: Hash, random: Random) {
  const constant = share === null ? undefined : deriveHandedShare(share, index, open.oldHolders);
  const polynomial = createPolynomial(open.t, random, constant);
  return { polynomial, round1: createRound1(ctx, index, polynomial, random, seed) };
}

function checkSeats({ open, old, author, receiver }: CeremonySetup): void {
  const isReshare = open.kind === RESHARE;
  if (isReshare !== (old !== null)) throw new RangeError('an old key belongs to a resharing and only to it');
  if (author !== null && !ceremonyAuthors(open).includes(author.index)) throw new RangeError('not an author of this ceremony');
  if (author !== null && isReshare !== (author.share !== null)) throw new RangeError('an old share belongs to a resharing');
  if (receiver !== null && open.members[receiver.index - 1] === undefined) throw new RangeError('not a member of this ceremony');
}

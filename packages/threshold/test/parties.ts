/** Custodians with fixed keys, ceremonies carried from hand to hand, and a release: what the tests act on. */
import { fromUtf8, u32 } from '@countersign/bytes';
import { crypto, labelledHash, type Random } from '@countersign/crypto';
import {
  type BlameTarget,
  type CeremonyMessage,
  type CeremonyOpen,
  type CeremonySetup,
  type CeremonyState,
  createPartial,
  DKG,
  type DleqContext,
  deriveEncapsulatedKey,
  deriveKeyPair,
  type FinishedCeremony,
  type OldCustody,
  type ProvenPart,
  RESHARE,
  receiveMessage,
  startCeremony,
} from '../src/index.ts';

/** A stream of bytes that is the same in every run. */
export function seededRandom(seed: string): Random {
  let counter = 0;
  return (length) => crypto.hkdfExpand(crypto.sha256(fromUtf8(seed)), u32(counter++), length);
}

export interface Person {
  readonly seed: Uint8Array;
  readonly sigKey: Uint8Array;
  readonly hpkeSecret: Uint8Array;
  readonly hpkeKey: Uint8Array;
}

export function person(name: string): Person {
  const seed = crypto.sha256(fromUtf8(`sign ${name}`));
  const { secretKey, publicKey } = deriveKeyPair(crypto.sha256(fromUtf8(`hpke ${name}`)));
  return { seed, sigKey: crypto.ed25519PublicKey(seed), hpkeSecret: secretKey, hpkeKey: publicKey };
}

export function people(prefix: string, n: number): Person[] {
  return Array.from({ length: n }, (_, i) => person(`${prefix} ${i + 1}`));
}

export interface ThresholdKey {
  readonly t: number;
  readonly n: number;
  readonly shareGen: number;
  readonly Y: Uint8Array;
  readonly Yi: readonly Uint8Array[];
  /** x_1 .. x_n. */
  readonly shares: readonly Uint8Array[];
  readonly holders: readonly Person[];
  readonly transcriptHashes: readonly Uint8Array[];
}

export function openDkg(t: number, members: readonly Person[]): CeremonyOpen {
  return {
    kind: DKG,
    ceremonyId: new Uint8Array(16).fill(1),
    networkId: new Uint8Array(16).fill(2),
    fromDay: 20000,
    t,
    n: members.length,
    oldKeyId: new Uint8Array(32),
    oldGen: 0,
    oldHolders: [],
    members: members.map(({ sigKey, hpkeKey }, i) => ({
      index: i + 1,
      name: fromUtf8(`custodian ${i + 1}`),
      Yi: new Uint8Array(33),
      sigKey,
      hpkeKey,
    })),
  };
}

function custodyKeyId(Y: Uint8Array): Uint8Array {
  return labelledHash('AC1 custody key id', new Uint8Array(16).fill(2), u32(20000), Y);
}

export function oldCustody({ Y, Yi, holders, t, shareGen }: ThresholdKey): OldCustody {
  return { Y, Yi, sigKeys: holders.map(({ sigKey }) => sigKey), custodyKeyId: custodyKeyId(Y), t, shareGen };
}

export function openReshare(old: ThresholdKey, quorum: readonly number[], t: number, members: readonly Person[]): CeremonyOpen {
  return { ...openDkg(t, members), kind: RESHARE, oldKeyId: custodyKeyId(old.Y), oldGen: old.shareGen, oldHolders: [...quorum] };
}

export function dkgSetups(open: CeremonyOpen, members: readonly Person[]): CeremonySetup[] {
  return members.map(({ seed, hpkeSecret }, i) => ({
    open,
    old: null,
    author: { index: i + 1, seed, share: null },
    receiver: { index: i + 1, hpkeSecret },
  }));
}

/** Old holders of the quorum who leave come first, then the new members; nobody is both, which the machine allows too. */
export function reshareSetups(open: CeremonyOpen, old: ThresholdKey, members: readonly Person[]): CeremonySetup[] {
  const key = oldCustody(old);
  const leaving = open.oldHolders.map((index) => ({
    open,
    old: key,
    author: { index, seed: (old.holders[index - 1] as Person).seed, share: old.shares[index - 1] as Uint8Array },
    receiver: null,
  }));
  const joining = members.map(({ hpkeSecret }, i) => ({
    open,
    old: key,
    author: null,
    receiver: { index: i + 1, hpkeSecret },
  }));
  return [...leaving, ...joining];
}

/** Changes or drops (null) a message on its way to participant `to`. */
export type Tamper = (message: CeremonyMessage, to: number) => CeremonyMessage | null;

/** Everybody's last state, each message handed to all the others. */
export function runCeremony(setups: readonly CeremonySetup[], random: Random, tamper: Tamper = (m) => m): CeremonyState[] {
  const queue: { readonly message: CeremonyMessage; readonly sender: number }[] = [];
  const post = (messages: readonly CeremonyMessage[], sender: number) => {
    for (const message of messages) queue.push({ message, sender });
  };
  const states = setups.map((setup, sender) => {
    const { state, send } = startCeremony(setup, random);
    post(send, sender);
    return state;
  });
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { message, sender } = next;
    setups.forEach((_, to) => {
      const arriving = to === sender ? null : tamper(message, to);
      if (arriving === null) return;
      const { state, send } = receiveMessage(states[to] as CeremonyState, arriving, random);
      states[to] = state;
      post(send, to);
    });
  }
  return states;
}

export function finishedOnly(states: readonly CeremonyState[]): FinishedCeremony[] {
  return states.map((state) => {
    if (state.phase !== 'finished') throw new Error(`a ceremony ended in phase ${state.phase}`);
    return state;
  });
}

export function dkg(t: number, n: number, seed = `dkg ${t} of ${n}`): ThresholdKey {
  const holders = people(seed, n);
  const finished = finishedOnly(runCeremony(dkgSetups(openDkg(t, holders), holders), seededRandom(seed)));
  return keyOf(finished, t, holders, 0);
}

export function reshare(old: ThresholdKey, quorum: readonly number[], t: number, n: number): ThresholdKey {
  const holders = people(`reshared ${t} of ${n}`, n);
  const open = openReshare(old, quorum, t, holders);
  const finished = finishedOnly(runCeremony(reshareSetups(open, old, holders), seededRandom(`reshare ${t} of ${n}`)));
  return keyOf(finished, t, holders, old.shareGen + 1);
}

function keyOf(finished: readonly FinishedCeremony[], t: number, holders: readonly Person[], shareGen: number): ThresholdKey {
  const { Y, Yi } = (finished[0] as FinishedCeremony).outcome;
  const shares = finished.flatMap(({ x }) => (x === null ? [] : [x]));
  const transcriptHashes = finished.map(({ outcome }) => outcome.transcriptHash);
  return { t, n: holders.length, shareGen, Y, Yi, shares, holders, transcriptHashes };
}

/** One scope sealed to a key, and what its reader knows. */
export interface SealedScope {
  readonly K: Uint8Array;
  readonly target: BlameTarget;
}

export function sealScope(key: ThresholdKey, seed = 'scope'): SealedScope {
  const scope = fromUtf8(`the encoded Scope of ${seed}`);
  const { K, kCommit, enc } = deriveEncapsulatedKey(crypto.sha256(fromUtf8(seed)), key.Y, scope);
  const context: Omit<DleqContext, 'index'> = {
    orderHash: new Uint8Array(32).fill(3),
    grantId: new Uint8Array(32).fill(4),
    agencyId: new Uint8Array(16).fill(5),
    shareGen: key.shareGen,
  };
  return { K, target: { t: key.t, n: key.n, scope, enc, kCommit, Y: key.Y, context, Yi: key.Yi } };
}

/** The parts of the custodians with these indices. */
export function release(key: ThresholdKey, { target }: SealedScope, indices: readonly number[]): ProvenPart[] {
  return indices.map((index) => ({
    index,
    share: createPartial(key.shares[index - 1] as Uint8Array, target.enc, { ...target.context, index }, seededRandom(`${index}`)),
  }));
}

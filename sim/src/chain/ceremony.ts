/** The ceremony in which custodians make the custody key: everybody's state machine, messages carried from one to the other (PROTOCOL 13.1). */
import { concat, encode, fromUtf8, toHex } from '@countersign/bytes';
import { type CustodyKey, type CustodyKeyBody, custodyKeyId, dayOf, signCustodyKey } from '@countersign/custody';
import {
  type CeremonyMessage,
  type CeremonyOpen,
  type CeremonyState,
  ceremonyOpenCodec,
  DKG,
  deriveKeyPair,
  type FinishedCeremony,
  type KeyPair,
  receiveMessage,
  startCeremony,
} from '@countersign/threshold';
import { createSigner, type Signer, THRESHOLD, type World } from './world.ts';

const FIRST_SHARE_GEN = 1;
/** `part` of a type 3 entry (PROTOCOL 11.2). */
const PART = { open: 1, hash: 2, round1: 3 } as const;

/** Who takes part: a signing key for good, an HPKE key for openings, another one for this ceremony alone. */
export interface Member {
  readonly index: number;
  readonly name: string;
  readonly signer: Signer;
  readonly hpke: KeyPair;
  readonly ceremonyHpke: KeyPair;
}

export interface FinishedKey {
  readonly custodyKey: CustodyKey;
  /** x_1 .. x_n; in the product no two of them are ever in one process. */
  readonly shares: readonly Uint8Array[];
  /** What each participant computed for himself. */
  readonly transcriptHashes: readonly string[];
  /** Payloads of the type 3 entries, each with its author, in the order in which they were published. */
  readonly published: readonly { readonly author: Signer; readonly payload: Uint8Array }[];
}

export function createMembers(names: readonly string[], world: World): Member[] {
  return names.map((name, i) => ({
    index: i + 1,
    name,
    signer: createSigner(world.random),
    hpke: deriveKeyPair(world.random(32)),
    ceremonyHpke: deriveKeyPair(world.random(32)),
  }));
}

/** A key of which the members hold shares and nobody the whole; throws when a participant's machine does not finish. */
export function makeCustodyKey(members: readonly Member[], world: World): FinishedKey {
  const open = describe(members, world);
  const publish = (member: Member, part: number, bytes: Uint8Array) => ({
    author: member.signer,
    payload: concat(Uint8Array.of(part), bytes),
  });
  const published = [publish(members[0] as Member, PART.open, encode(ceremonyOpenCodec, open))];
  const finished = runMachines(open, members, world, (message) => {
    const part = message.kind === 'hash' ? PART.hash : PART.round1;
    if (message.kind !== 'round2') published.push(publish(members[message.from - 1] as Member, part, message.bytes));
  });
  const body = bodyOf(finished[0] as FinishedCeremony, members, world);
  const sigs = [...members.map(({ signer }) => signer), world.root].map(({ seed }) => signCustodyKey(body, seed));
  return {
    custodyKey: { ...body, sigs },
    shares: finished.map(({ x }) => x as Uint8Array),
    transcriptHashes: finished.map(({ outcome }) => toHex(outcome.transcriptHash)),
    published,
  };
}

function describe(members: readonly Member[], { random, networkId, clock }: World): CeremonyOpen {
  return {
    kind: DKG,
    ceremonyId: random(16),
    networkId,
    fromDay: dayOf(clock.now) - 1,
    t: THRESHOLD,
    n: members.length,
    oldKeyId: new Uint8Array(32),
    oldGen: 0,
    oldHolders: [],
    members: members.map(({ index, name, signer, ceremonyHpke }) => ({
      index,
      name: fromUtf8(name),
      Yi: new Uint8Array(33),
      sigKey: signer.key,
      hpkeKey: ceremonyHpke.publicKey,
    })),
  };
}

/** Hashes and Round1 go to everybody, a Round2 to its one receiver; the machines themselves pass over what is not theirs. */
function runMachines(
  open: CeremonyOpen,
  members: readonly Member[],
  { random }: World,
  onSent: (message: CeremonyMessage) => void,
): FinishedCeremony[] {
  const queue: CeremonyMessage[] = [];
  const post = (messages: readonly CeremonyMessage[]) => {
    queue.push(...messages);
    messages.forEach(onSent);
  };
  const states: CeremonyState[] = members.map(({ index, signer, ceremonyHpke }) => {
    const setup = {
      open,
      old: null,
      author: { index, seed: signer.seed, share: null },
      receiver: { index, hpkeSecret: ceremonyHpke.secretKey },
    };
    const { state, send } = startCeremony(setup, random);
    post(send);
    return state;
  });
  for (let message = queue.shift(); message !== undefined; message = queue.shift()) {
    for (const [i, state] of states.entries()) {
      if (message.from === i + 1) continue;
      const step = receiveMessage(state, message, random);
      states[i] = step.state;
      post(step.send);
    }
  }
  return states.map((state) => {
    if (state.phase !== 'finished') throw new Error(`a ceremony ended in phase ${state.phase}`);
    return state;
  });
}

/** What all sign once their transcripts are equal (PROTOCOL 4.2). */
function bodyOf({ outcome }: FinishedCeremony, members: readonly Member[], { networkId, clock }: World): CustodyKeyBody {
  const fromDay = dayOf(clock.now) - 1;
  const { Y, Yi, transcriptHash } = outcome;
  return {
    networkId,
    fromDay,
    Y,
    custodyKeyId: custodyKeyId(networkId, fromDay, Y),
    t: THRESHOLD,
    n: members.length,
    shareGen: FIRST_SHARE_GEN,
    custodians: members.map(({ index, name, signer, hpke }) => ({
      index,
      name: fromUtf8(name),
      Yi: Yi[index - 1] as Uint8Array,
      sigKey: signer.key,
      hpkeKey: hpke.publicKey,
    })),
    transcriptHash,
  };
}

/** Leads custodians through a ceremony: carries their messages from one to the other and holds no secret of theirs (PROTOCOL 13; docs/network.md, custodian). */
import { encode, equal, fromHex, fromUtf8, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  type CustodyKey,
  type CustodyKeyBody,
  custodyKeyCodec,
  custodyKeyId,
  type Hash,
  type NetworkId,
  type Point33,
  type Point65,
  type Sig,
} from '@countersign/custody';
import { type CeremonyOpen, ceremonyOpenCodec, DKG, RESHARE } from '@countersign/threshold';
import { AppError } from '@countersign/wire';
import {
  type CeremonyCustodian,
  type HashesAnswer,
  type OpenAnswer,
  CeremonyParty as Party,
  type Round1Answer,
  type Round2Answer,
} from './ceremony-party.ts';

const CEREMONY_ID_BYTES = 16;
const POINT33_BYTES = 33;
const FIRST_SHARE_GEN = 1;

/** What one custodian computed; people compare the hashes by voice or in person. */
export interface CeremonyResult {
  readonly index: number;
  readonly name: string;
  readonly transcriptHash: Hash;
}

export interface CeremonyPlan {
  readonly networkId: NetworkId;
  /** Of the key to be: in a DKG the first day of its scopes, in a resharing the old key's. */
  readonly fromDay: number;
  readonly t: number;
  /** The custodians to be, in the order of their indices 1..n. */
  readonly members: readonly CeremonyCustodian[];
  /** A resharing: the key to hand on and t of its holders. Those who are members too are given in both lists. */
  readonly reshare?: { readonly old: CustodyKey; readonly holders: readonly CeremonyCustodian[] };
  /** Signs as the network root, which sees the whole body first. */
  readonly signAsRoot: (body: CustodyKeyBody) => Sig | Promise<Sig>;
  /** The people's comparison: false ends the ceremony before anybody signs. */
  readonly confirm: (results: readonly CeremonyResult[]) => boolean | Promise<boolean>;
  readonly random: Random;
  readonly nowMs: () => number;
}

export interface FinishedCustodyKey {
  readonly custodyKey: CustodyKey;
  /** Encoded: the payload of its type 2 entry. */
  readonly bytes: Uint8Array;
  /** Its holders have destroyed everything that the ceremony needed, and the generation before it. */
  readonly transcriptHash: Hash;
}

/**
 * Runs a whole ceremony. A custodian that refuses a step ends it with that custodian's code, and every one forgets it, unless signing
 * had begun: from then on the custodians keep their new shares until `finish` or until a human gives them up. `policy.forbidden` when
 * the transcripts differ or are not confirmed.
 */
export async function runCeremony(plan: CeremonyPlan): Promise<FinishedCustodyKey> {
  const parties = await openSessions(plan);
  const ceremonyId = plan.random(CEREMONY_ID_BYTES);
  const id = { ceremony_id: toHex(ceremonyId) };
  let result: AgreedCeremony;
  try {
    result = await agree(plan, parties, ceremonyId, id);
  } catch (error) {
    await Promise.allSettled(parties.map((party) => party.post('abort', id)));
    throw error;
  }
  const custodyKey = await signAll(plan, result, id);
  const bytes = encode(custodyKeyCodec, custodyKey);
  await Promise.all(parties.map((party) => party.post('finish', { ...id, custody_key: toHex(bytes) })));
  return { custodyKey, bytes, transcriptHash: custodyKey.transcriptHash };
}

interface AgreedCeremony {
  readonly body: CustodyKeyBody;
  readonly members: readonly Party[];
}

/** Up to the point where all have their shares and people have compared the transcripts. */
async function agree(
  plan: CeremonyPlan,
  parties: readonly Party[],
  ceremonyId: Uint8Array,
  id: Readonly<Record<string, string>>,
): Promise<AgreedCeremony> {
  await each(parties, (party) => party.introduce(id));
  const members = partiesOf(parties, plan.members);
  const open = describe(plan, ceremonyId, members, partiesOf(parties, plan.reshare?.holders ?? []));
  const old = plan.reshare === undefined ? {} : { old_custody_key: toHex(encode(custodyKeyCodec, plan.reshare.old)) };
  const opened = await each(parties, (party) =>
    party.post<OpenAnswer>('open', { ...id, open: toHex(encode(ceremonyOpenCodec, open)), ...old }),
  );
  const hashes = opened.flatMap(({ hash }) => (hash === null ? [] : [hash]));
  const published = await each(parties, (party) => party.post<HashesAnswer>('hashes', { ...id, hashes }));
  const round1s = published.flatMap(({ round1 }) => (round1 === null ? [] : [round1]));
  const dealt = (await each(parties, (party) => party.post<Round1Answer>('round1', { ...id, round1s }))).flatMap(
    ({ round2s }) => round2s,
  );
  const answers = await each(parties, (party) => {
    const round2s = dealt.filter(({ to }) => members[to - 1] === party);
    return party.post<Round2Answer>('round2', { ...id, round2s });
  });
  const [first] = answers as [Round2Answer, ...Round2Answer[]];
  const isEqual = answers.every((answer) => JSON.stringify(answer) === JSON.stringify(first));
  const results = parties.map(({ index, name }, i) => {
    const transcriptHash = fromHex((answers[i] as Round2Answer).transcript_hash) as Hash;
    return { index, name, transcriptHash };
  });
  if (!isEqual || !(await plan.confirm(results))) throw new AppError('policy.forbidden', 'transcripts');
  return { body: custodyKeyBody(plan, members, first), members };
}

async function signAll(
  plan: CeremonyPlan,
  { body, members }: AgreedCeremony,
  id: Readonly<Record<string, string>>,
): Promise<CustodyKey> {
  const blank = Array.from({ length: body.n + 1 }, () => new Uint8Array(64) as Sig);
  const custody_key = toHex(encode(custodyKeyCodec, { ...body, sigs: blank }));
  const answers = await each(members, (party) => party.post<{ sig: string }>('sign', { ...id, custody_key }));
  const sigs = answers.map(({ sig }) => fromHex(sig) as Sig);
  return { ...body, sigs: [...sigs, await plan.signAsRoot(body)] };
}

function describe(
  { networkId, fromDay, t, reshare }: CeremonyPlan,
  ceremonyId: Uint8Array,
  members: readonly Party[],
  holders: readonly Party[],
): CeremonyOpen {
  const old = reshare?.old;
  return {
    kind: old === undefined ? DKG : RESHARE,
    ceremonyId: ceremonyId as CeremonyOpen['ceremonyId'],
    networkId,
    fromDay,
    t,
    n: members.length,
    oldKeyId: old?.custodyKeyId ?? new Uint8Array(32),
    oldGen: old?.shareGen ?? 0,
    oldHolders: old === undefined ? [] : holderIndices(old, holders),
    members: members.map(({ name, sigKey, ceremonyKey }, i) => ({
      index: i + 1,
      name: fromUtf8(name),
      Yi: new Uint8Array(POINT33_BYTES) as Point33,
      sigKey,
      hpkeKey: ceremonyKey,
    })),
  };
}

/** One for each custodian that takes part, holders who are no members behind the members. */
async function openSessions({ members, reshare, networkId, nowMs, random }: CeremonyPlan): Promise<Party[]> {
  const known = new Map([...members, ...(reshare?.holders ?? [])].map((custodian) => [custodian.url, custodian]));
  return each([...known.values()], (custodian) => Party.open(custodian, { networkId, nowMs: nowMs(), random }));
}

function partiesOf(parties: readonly Party[], custodians: readonly CeremonyCustodian[]): Party[] {
  return custodians.map(({ url }) => parties.find((party) => party.url === url) as Party);
}

/** Ascending, by the keys in the old custody key; whoever is not in it holds nothing to hand on. */
function holderIndices(old: CustodyKey, holders: readonly Party[]): number[] {
  const indices = holders.map(({ sigKey }) => old.custodians.find((row) => equal(row.sigKey, sigKey))?.index);
  if (indices.some((index) => index === undefined)) throw new AppError('policy.forbidden', 'holder of the old key');
  return (indices as number[]).sort((a, b) => a - b);
}

function custodyKeyBody(
  { networkId, fromDay, t, reshare }: CeremonyPlan,
  members: readonly Party[],
  outcome: Round2Answer,
): CustodyKeyBody {
  const Y = fromHex(outcome.Y) as Point65;
  return {
    networkId,
    fromDay,
    Y,
    custodyKeyId: custodyKeyId(networkId, fromDay, Y),
    t,
    n: members.length,
    shareGen: reshare === undefined ? FIRST_SHARE_GEN : reshare.old.shareGen + 1,
    custodians: members.map(({ name, sigKey, hpkeKey }, i) => ({
      index: i + 1,
      name: fromUtf8(name),
      Yi: fromHex(outcome.Yi[i] as string) as Point33,
      sigKey,
      hpkeKey,
    })),
    transcriptHash: fromHex(outcome.transcript_hash) as Hash,
  };
}

/** All at once; the first refusal is thrown when every call has ended, so that nobody is left in the middle of a step. */
async function each<P, T>(parties: readonly P[], step: (party: P) => Promise<T>): Promise<T[]> {
  const results = await Promise.allSettled(parties.map(step));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** kill -9 of every kind of process while members talk and officers read: nothing acknowledged is lost, nothing is shown twice (ARCHITECTURE, what must never happen). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { done } from './command.ts';
import { Network } from './harness.ts';
import { LogWatch } from './log-watch.ts';
import { enrol, gather, heard, type Member, say } from './members.ts';
import { Officer } from './officers.ts';
import { putOrder } from './orders.ts';
import { seededRandom } from './seeded.ts';
import { Talk } from './talk.ts';
import { until } from './until.ts';

const START_MAX_MS = 900_000;
const KILLS_MAX_MS = 3_000_000;
const SEED = 20_261_124;
/** Acknowledgements between two kills, so that each one meets the stream at another place. */
const ACKS_BETWEEN_MAX = 12;

/** 20 kills; `up` itself ends with its database server, and is started again by whoever runs it. */
const PLAN: readonly (readonly [kind: string, times: number])[] = [
  ['delivery', 4],
  ['logbook', 3],
  ['witness', 3],
  ['custodian', 3],
  ['review', 3],
  ['postgres', 2],
  ['notices', 1],
  ['supervisor', 1],
];

const { pick, shuffle } = seededRandom(SEED);
const INSTANCES: Readonly<Record<string, readonly string[]>> = {
  witness: ['witness-1', 'witness-2', 'witness-3'],
  custodian: ['custodian-1', 'custodian-2', 'custodian-3', 'custodian-4', 'custodian-5'],
  review: ['review-joint', 'review-nl'],
};

interface Recovery {
  readonly name: string;
  /** Until the process, or the whole network, answers again. */
  readonly backMs: number;
  /** Until a message in a new conversation is heard by its recipient and read by every officer. */
  readonly wholeMs: number;
}

let network: Network;
let members: readonly [Member, Member, Member];
let officers: readonly Officer[];
let group: string;
let talk: Talk;
let watch: LogWatch;
const recoveries: Recovery[] = [];
/** Said in conversations of their own after each kill. */
const probes: { readonly id: string; readonly text: string; readonly group: string }[] = [];

beforeAll(async () => {
  network = await Network.start();
  members = [await enrol(network, 'alice'), await enrol(network, 'bob', 'NL'), await enrol(network, 'carol', 'SE')];
  const [alice, bob, carol] = members;
  talk = new Talk(members);
  group = await gather(alice, [bob, carol]);
  await putOrder(network, {
    subjects: ['participant:@alice'],
    readers: new Map([
      ['AU', []],
      ['NL', []],
    ]),
  });
  officers = [await Officer.signIn(network, 'AU'), await Officer.signIn(network, 'NL')];
  for (const officer of officers) officer.follow();
  watch = new LogWatch(network.urls.log);
  talk.begin(group);
}, START_MAX_MS);

afterAll(async () => {
  await watch?.stop();
  await Promise.all((officers ?? []).map((officer) => officer.stop()));
  await Promise.all((members ?? []).map(({ client }) => client.close()));
  await network?.stop();
}, 60_000);

async function killAndRecover(kind: string): Promise<Recovery> {
  const name = pick(INSTANCES[kind] ?? [kind]);
  await talk.acknowledgements(1 + pick([...Array(ACKS_BETWEEN_MAX).keys()]));
  const startMs = performance.now();
  const pid = await network.kill(name);
  if (kind === 'supervisor' || kind === 'postgres') await network.startAgain();
  else await network.returned(name, pid);
  const backMs = Math.round(performance.now() - startMs);
  await probe(`after ${kind} ${recoveries.length}`);
  return { name, backMs, wholeMs: Math.round(performance.now() - startMs) };
}

/** A new conversation needs every part of the network: roster, grant, log, witnesses, custodians, both gateways. */
async function probe(text: string): Promise<void> {
  const [alice, bob] = members;
  const fresh = await gather(alice, [bob]);
  const id = await say(alice, fresh, text);
  probes.push({ id, text, group: fresh });
  expect(await heard(bob, id)).toBe(text);
  for (const { feed, agency } of officers)
    await until(`${agency.code} reads what was said ${text}`, () => feed.some(({ message_id }) => message_id === id));
}

describe('a network whose processes are killed', () => {
  test('talks on after each of 20 kills', { timeout: KILLS_MAX_MS }, async () => {
    const kinds = shuffle(PLAN.flatMap(([kind, times]) => Array.from({ length: times }, () => kind)));
    expect(kinds).toHaveLength(20);
    for (const kind of kinds) {
      const recovery = await killAndRecover(kind);
      recoveries.push(recovery);
      console.info(
        `${recoveries.length}. ${recovery.name}: back after ${recovery.backMs} ms, whole after ${recovery.wholeMs} ms`,
      );
    }
    await talk.end();
    expect(talk.said.length).toBeGreaterThan(60);
    console.info(`seed ${SEED}: ${talk.said.length} messages over ${recoveries.length} kills`);
  });

  test('has lost no acknowledged message and shown none twice to any recipient', { timeout: START_MAX_MS }, async () => {
    for (const { id, text, from } of talk.said)
      for (const member of members.filter((each) => each !== from)) expect(await heard(member, id)).toBe(text);
    for (const { handle, client } of members) {
      for (const state of ['refused', 'unreadable', 'gap', 'failed', 'queued'])
        expect([handle, (await client.messages(group)).filter((row) => row.state === state)]).toEqual([handle, []]);
      const rows = (await client.messages(group)).filter(({ body }) => body?.kind === 'text').map(({ id }) => id);
      expect([handle, rows.length]).toEqual([handle, talk.said.length]);
      expect([handle, new Set(rows).size]).toEqual([handle, rows.length]);
      expect([handle, talk.shownTwiceTo(handle)]).toEqual([handle, []]);
    }
  });

  test('keeps the order of each sender for every recipient', async () => {
    for (const from of members)
      for (const { client } of members.filter((each) => each !== from)) {
        const spoken = talk.said.filter((line) => line.from === from).map(({ id }) => id);
        const rows = (await client.messages(group)).map(({ id }) => id).filter((id) => spoken.includes(id));
        expect(rows).toEqual(spoken);
      }
  });

  test('has shown every message once to each officer', { timeout: START_MAX_MS }, async () => {
    const expected = [...talk.said, ...probes].map(({ id }) => id).sort();
    for (const officer of officers) {
      const { code } = officer.agency;
      const textsOf = (lines: readonly { readonly kind: string; readonly message_id: string }[]) =>
        lines.filter(({ kind }) => kind === 'text').map(({ message_id }) => message_id);
      await until(`${code} has read everything`, () => textsOf(officer.feed).length >= expected.length);
      expect([code, textsOf(officer.feed).sort()]).toEqual([code, expected]);
      expect([code, textsOf(await officer.readAll()).sort()]).toEqual([code, expected]);
    }
  });

  test('has a log that never went back and is valid from its first entry', { timeout: START_MAX_MS }, async () => {
    expect(watch.steps).toBeGreaterThan(20);
    expect(watch.wentBack).toEqual([]);
    const { size } = watch;
    const verified = await done<{ valid: boolean; entries: number; overdue: number }>([
      ...['log', 'verify', '--log', network.urls.log, '--network', `${network.data}/network.json`],
    ]);
    expect(verified).toMatchObject({ valid: true, overdue: 0 });
    expect(verified.entries).toBeGreaterThanOrEqual(size);
  });
});

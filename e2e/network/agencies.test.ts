/** Sixteen agencies at once: a message reaches exactly the officers whose reading grant covers it (PROTOCOL 10.3, MayRead). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countersign } from './command.ts';
import { Network } from './harness.ts';
import { enrol, gather, heard, type Member, say } from './members.ts';
import { Officer } from './officers.ts';
import { putOrder } from './orders.ts';
import { until } from './until.ts';

const START_MAX_MS = 900_000;
const STORY_MAX_MS = 300_000;

interface Sent {
  readonly id: string;
  readonly text: string;
  readonly group: string;
  readonly territory: string;
}

let network: Network;
let codes: readonly string[];
const members = new Map<string, Member>();
const officers = new Map<string, Officer>();
const sent: Sent[] = [];
let wide: string;
let narrow: string;
let free: string;
let wideOrder: string;
let narrowOrder: string;

const member = (territory: string) => members.get(territory) as Member;
const officer = (code: string) => officers.get(code) as Officer;

/** The rule in the test's own words: who reads what a device in `territory` says in `group`. */
function readersOf({ group, territory }: Pick<Sent, 'group' | 'territory'>): readonly string[] {
  if (group === wide) return [territory];
  if (group !== narrow || territory === 'SE') return [];
  return territory === 'US' ? ['AU', 'NL'] : ['AU', 'NL', 'US'];
}

const expectedOf = (code: string): readonly Sent[] => sent.filter((message) => readersOf(message).includes(code));

async function speak(group: string, speakers: readonly string[]): Promise<void> {
  for (const territory of speakers) {
    const text = `quarterly ledger ${sent.length} spoken from ${territory}`;
    sent.push({ id: await say(member(territory), group, text), text, group, territory });
  }
}

beforeAll(async () => {
  network = await Network.start();
  codes = network.keys.agencies.map(({ code }) => code);
  for (const code of codes) members.set(code, await enrol(network, `member-${code.toLowerCase()}`, code));
  const [host, ...guests] = codes.map(member) as [Member, ...Member[]];
  wide = await gather(host, guests);
  narrow = await gather(member('US'), ['AU', 'SE', 'NL'].map(member));
  free = await gather(member('CA'), ['AU', 'US', 'NL'].map(member));
  wideOrder = await putOrder(network, {
    subjects: [`group:${wide}`],
    readers: new Map(codes.map((code) => [code, codes.filter((other) => other !== code)])),
  });
  narrowOrder = await putOrder(network, {
    subjects: [`group:${narrow}`],
    readers: new Map([
      ['AU', []],
      ['NL', []],
      ['US', ['US']],
    ]),
    excluded: ['SE'],
  });
  for (const code of codes) officers.set(code, await Officer.signIn(network, code));
  for (const one of officers.values()) one.follow();
  await speak(wide, codes);
  await speak(narrow, ['US', 'AU', 'SE', 'NL']);
  await speak(free, ['CA', 'AU', 'US', 'NL']);
  // Spoken last in covered groups and read: whatever was to come of the messages before has come.
  await speak(narrow, ['AU']);
  await speak(wide, codes);
}, START_MAX_MS);

afterAll(async () => {
  await Promise.all([...officers.values()].map((one) => one.stop()));
  await Promise.all([...members.values()].map(({ client }) => client.close()));
  await network?.stop();
}, 60_000);

describe('sixteen agencies', () => {
  test('are hosted at two gateways', () => {
    expect(codes).toHaveLength(16);
    expect(new Set(network.keys.agencies.map(({ gateway }) => gateway)).size).toBe(2);
  });

  test(
    'every member hears what is said in his groups, whoever reads along',
    async () => {
      for (const { id, text, group, territory } of sent) {
        const listeners = group === wide ? codes : group === narrow ? ['US', 'AU', 'SE', 'NL'] : ['CA', 'AU', 'US', 'NL'];
        for (const code of listeners.filter((other) => other !== territory)) expect(await heard(member(code), id)).toBe(text);
      }
    },
    STORY_MAX_MS,
  );

  test(
    'each officer is shown exactly the messages that his grant covers, once and as they were written',
    async () => {
      for (const code of codes) {
        const expected = expectedOf(code);
        const feed = () => officer(code).feed.filter(({ kind }) => kind === 'text');
        await until(`${code} has read all of his`, () => feed().length >= expected.length);
        const shape = (list: readonly { text: string }[]) => list.map(({ text }) => text).sort();
        expect([code, shape(feed())]).toEqual([code, shape(expected)]);
        expect(feed().map(({ message_id }) => message_id)).toHaveLength(new Set(feed().map((line) => line.message_id)).size);
        for (const { agency, from, message_id } of feed()) {
          const message = sent.find(({ id }) => id === message_id) as Sent;
          expect([agency, from]).toEqual([officer(code).agency.id, member(message.territory).handle]);
        }
      }
    },
    STORY_MAX_MS,
  );

  test('no line of any kind comes from a device or group outside the grant', () => {
    const territories = new Map([...members.values()].map(({ client, territory }) => [client.me.device, territory]));
    for (const code of codes)
      for (const { device_id, conversation } of officer(code).feed)
        expect(readersOf({ group: conversation, territory: territories.get(device_id) ?? '?' })).toContain(code);
  });

  test(
    'search finds for each officer what his feed shows and counts nothing else',
    async () => {
      for (const code of codes) {
        const found: string[] = [];
        for (const order of [wideOrder, narrowOrder]) {
          const isReader = order === wideOrder || ['AU', 'NL', 'US'].includes(code);
          const { status, json } = await officer(code).call(`/v1/search?q=ledger&limit=100&order=${order}`);
          expect([code, order, status]).toEqual([code, order, isReader ? 200 : 404]);
          found.push(...((json?.messages ?? []) as { message_id: string }[]).map(({ message_id }) => message_id));
        }
        const expected = expectedOf(code).map(({ id }) => id);
        expect([code, found.sort()]).toEqual([code, expected.sort()]);
      }
    },
    STORY_MAX_MS,
  );

  test('a territory excluded for one agency is watched by another', () => {
    const fromUs = sent.find(({ group, territory }) => group === narrow && territory === 'US') as Sent;
    const showing = codes.filter((code) => officer(code).feed.some(({ message_id }) => message_id === fromUs.id));
    expect(showing.sort()).toEqual(['AU', 'NL']);
  });

  test('a territory that the order excludes is read by nobody', () => {
    const fromSe = sent.filter(({ group, territory }) => group === narrow && territory === 'SE');
    expect(fromSe.length).toBeGreaterThan(0);
    for (const { id } of fromSe)
      expect(codes.filter((code) => officer(code).feed.some(({ message_id }) => message_id === id))).toEqual([]);
  });

  test(
    'a message outside the grant does not exist for the officer, under any order and by any call',
    async () => {
      const absent = '0'.repeat(32);
      for (const code of codes)
        for (const order of [wideOrder, narrowOrder]) {
          const ask = (id: string) => officer(code).call(`/v1/messages/${id}?order=${order}`);
          const nothing = await ask(absent);
          expect(['input.unknown_message', 'input.unknown_order', 'policy.no_order', 'policy.forbidden']).toContain(nothing.code);
          const hidden = sent.filter((message) => !readersOf(message).includes(code));
          const answers = await Promise.all(hidden.map(({ id }) => ask(id)));
          for (const answer of answers) expect(answer).toEqual(nothing);
        }
    },
    STORY_MAX_MS,
  );

  test(
    'an agency that the order does not name is told the same of it as of an order that there is not',
    async () => {
      for (const path of [`/v1/search?q=ledger`, `/v1/conversations/${narrow}?`, `/v1/messages/${sent[0]?.id}?`]) {
        const known = await officer('NZ').call(`${path}&order=${narrowOrder}`);
        const unknown = await officer('NZ').call(`${path}&order=${'f'.repeat(32)}`);
        expect(known).toEqual(unknown);
        expect(known).toMatchObject({ status: 404, code: 'input.unknown_order' });
      }
      const listed = (await officer('NZ').call('/v1/orders')).json?.orders as { order_id: string }[];
      expect(listed.map(({ order_id }) => order_id)).toEqual([wideOrder]);
    },
    STORY_MAX_MS,
  );

  test(
    'a conversation without an order is read by nobody',
    async () => {
      for (const code of codes) {
        expect(officer(code).feed.filter(({ conversation }) => conversation === free)).toEqual([]);
        const { json } = await officer(code).call(`/v1/conversations/${free}?order=${wideOrder}`);
        expect([code, json?.messages ?? []]).toEqual([code, []]);
      }
    },
    STORY_MAX_MS,
  );

  test(
    'the command shows an officer the same as his console',
    async () => {
      for (const code of ['NL', 'SE']) {
        const as = `${code.toLowerCase()}-officer`;
        const tail = await countersign(['review', 'tail', '--no-follow', '--as', as, '--data', network.data]);
        const texts = tail.lines.filter(({ kind }) => kind === 'text').map(({ text }) => text);
        expect([code, tail.exit, texts.sort()]).toEqual([
          code,
          0,
          expectedOf(code)
            .map(({ text }) => text)
            .sort(),
        ]);
      }
    },
    STORY_MAX_MS,
  );
});

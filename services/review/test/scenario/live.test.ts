/** A live warrant from court to console: sealed intake, release, reading under log, and the end of it (PROTOCOL 8, 11.3, 12; ARCHITECTURE). */
import { toHex } from '@countersign/bytes';
import type { Client } from '@countersign/client';
import { EntryType, type Order } from '@countersign/custody';
import { verifyEvidence } from '@countersign/verify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/processes.ts';
import { agencies, keyOf, liveWarrant, Town } from '../support/town.ts';

const town = new Town();
let anna: Client;
let bert: Client;
let conversation: string;
let order: Order;
let token: string;

beforeAll(async () => {
  await town.open();
  [anna, bert] = [await town.member('anna'), await town.member('bert')];
  conversation = await anna.direct('bert');
});
afterAll(() => town.close());

type Message = Record<string, unknown>;

const say = async (who: Client, text: string): Promise<void> => {
  await (await who.send(conversation, { kind: 'text', text })).acked;
};

/** Asks until the feed has `text`, and returns all of it. */
const feedWith = (text: string): Promise<Message[]> =>
  eventually(async () => {
    const messages = await town.feed(token);
    return messages.some((message) => message.text === text) ? messages : null;
  });

const ordersEntries = (type: EntryType) =>
  town.mirror.directory.entriesWith(order.orderId).filter(({ entry }) => entry.type === type).length;

test('what was sent before the order stays closed; what the person named sends after it is read', async () => {
  await say(anna, 'before the order');
  order = liveWarrant(anna.me.account, { notBefore: BigInt(Math.floor(Date.now() / 1000) + 1) });
  const openings = await town.issue(order);
  const submitted = await town.submit(openings);
  expect(submitted).toMatchObject({ status: 200, json: { order_id: toHex(order.orderId) } });
  await town.decide(order);
  await eventually(() => (Date.now() / 1000 > Number(order.notBefore) ? true : null));
  token = await town.officer('de');

  await say(anna, 'the lorry comes at nine');
  await say(bert, 'bert is not named');
  const seen = await feedWith('the lorry comes at nine');
  const texts = seen.map(({ text }) => text);
  expect(texts).not.toContain('before the order');
  expect(texts).not.toContain('bert is not named');
  const found = seen.find(({ text }) => text === 'the lorry comes at nine');
  expect(found).toMatchObject({
    from: 'anna',
    account_id: anna.me.account,
    order_id: toHex(order.orderId),
    agency: toHex(agencies.de),
    purpose: 2,
    kind: 'text',
  });
});

test('a message in an open scope is in the feed at once, and its read event in the log', async () => {
  const before = ordersEntries(EntryType.readEvent);
  const started = performance.now();
  await say(anna, 'Der LKW kommt später');
  await feedWith('Der LKW kommt später');
  expect(performance.now() - started).toBeLessThan(5_000);
  await eventually(() => (ordersEntries(EntryType.readEvent) > before ? true : null));
});

test('search finds words whatever their case and accents, under the order alone', async () => {
  const path = `/v1/search?order=${toHex(order.orderId)}&q=`;
  const { json } = await town.call(`${path}${encodeURIComponent('SPATER lkw')}`, { token });
  expect((json.messages as Message[]).map(({ text }) => text)).toEqual(['Der LKW kommt später']);
  const none = await town.call(`${path}${encodeURIComponent('before')}`, { token });
  expect(none.json.messages).toEqual([]);
});

test('one message and its conversation can be looked up', async () => {
  const [message] = await town.feed(token);
  const id = String(message?.message_id);
  const one = await town.call(`/v1/messages/${id}?order=${toHex(order.orderId)}`, { token });
  expect(one).toMatchObject({ status: 200, json: { message_id: id } });
  const { json } = await town.call(`/v1/conversations/${String(message?.conversation)}?order=${toHex(order.orderId)}`, { token });
  expect((json.messages as Message[]).length).toBeGreaterThanOrEqual(2);
});

test('without a session, with a made-up one, or under an order of others, nothing is told', async () => {
  const path = `/v1/search?order=${toHex(order.orderId)}&q=lorry`;
  expect((await town.call(path)).status).toBe(401);
  expect((await town.call(path, { token: 'ab' })).json).toMatchObject({ code: 'session.expired' });
  const unknown = await town.call(`/v1/search?order=${'00'.repeat(16)}&q=lorry`, { token });
  expect(unknown).toMatchObject({ status: 404, json: { code: 'input.unknown_order' } });
});

test('nothing of it is on disk in the clear', async () => {
  const rows = await town.sql`select m::text as text from message m union all select e::text from envelope e
    union all select l::text from ledger l union all select g::text from grant_key g`;
  const canary = Buffer.from('the lorry comes at nine').toString('hex');
  expect(rows.length).toBeGreaterThan(0);
  for (const { text } of rows) expect(String(text)).not.toContain(canary);
});

test('two messages go to court: the file proves them offline, shows the rest shut, and its export is logged', async () => {
  const wanted = (await town.feed(token)).slice(0, 1).map(({ message_id }) => String(message_id));
  const file = await town.evidence(token, { order: toHex(order.orderId), message_ids: wanted });
  const verified = verifyEvidence(file, { rootKey: keyOf('root') });
  expect(verified.messages.map(({ msgId }) => toHex(msgId))).toEqual(wanted);
  expect(verified.withheld.length).toBeGreaterThanOrEqual(1);
  expect(verified.gaps).toEqual([]);
  expect(ordersEntries(EntryType.statement)).toBe(2); // the summary, and this manifest
  const all = verifyEvidence(await town.evidence(token, { order: toHex(order.orderId) }));
  expect(all.messages.length).toBe((await town.feed(token)).length);
});

test('after kill -9 the gateway goes on where it was, without a hole and without a second read event', async () => {
  await town.review.end('SIGKILL');
  await say(anna, 'sent while the gateway was down');
  await town.startReview();
  token = await town.officer('de');
  const seen = await feedWith('sent while the gateway was down');
  expect(seen.filter(({ text }) => text === 'the lorry comes at nine')).toHaveLength(1);
  const [counts] = await town.sql`select sum(listed) as listed, sum(received) as received from intake_batch`;
  expect(counts?.listed).toEqual(counts?.received);
  expect(await town.sql`select * from intake_gap`).toHaveLength(0);
  expect(await town.sql`select * from open_fault`).toHaveLength(0);
});

test('once the order is revoked nothing is read, the keys are gone, and the log is told so', async () => {
  const readEvents = ordersEntries(EntryType.readEvent);
  await town.revoke(order);
  await eventually(async () => {
    const { json } = await town.call('/v1/orders', { token });
    const [state] = json.orders as Record<string, unknown>[];
    return state?.state === 'ended' && state.code === 'order.revoked' ? true : null;
  });
  expect(await town.feed(token)).toEqual([]);
  const search = await town.call(`/v1/search?order=${toHex(order.orderId)}&q=lorry`, { token });
  expect(search.status).not.toBe(200);
  await eventually(async () => ((await town.sql`select from order_key`).length === 0 ? true : null));
  expect(await town.sql`select from message`).toHaveLength(0);
  expect(await town.sql`select from grant_key`).toHaveLength(0);
  await eventually(() => (ordersEntries(EntryType.readEvent) > readEvents ? true : null));
});

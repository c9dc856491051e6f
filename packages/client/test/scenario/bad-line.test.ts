/** Lines that break, drop, repeat and reorder: nothing is lost and nothing comes twice (ARCHITECTURE, what must never happen; PROTOCOL 9). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, MemoryStore } from '../../src/index.ts';
import { badLine } from '../support/bad-line.ts';
import { TestNetwork, until } from '../support/network.ts';
import { say, seen, texts } from '../support/talk.ts';

describe('on a bad line', () => {
  let network: TestNetwork;
  let anna: Client;

  beforeAll(async () => {
    network = await TestNetwork.start();
    anna = await network.member('anna');
  });

  afterAll(() => network?.stop());

  it('what is written offline is sent when there is a line again, in order', async () => {
    const boris = await network.member('boris');
    const conversation = await anna.direct('boris');
    await say(anna, conversation, 'before');
    await seen(boris, 'before');
    boris.disconnect();
    const sent = [];
    for (const text of ['one', 'two', 'three']) sent.push(await boris.send(conversation, { kind: 'text', text }));
    expect((await boris.messages(conversation)).slice(-3).map(({ state }) => state)).toEqual(['queued', 'queued', 'queued']);
    await boris.connect();
    await Promise.all(sent.map(({ acked }) => acked));
    await seen(anna, 'three');
    expect((await texts(anna, conversation)).slice(-3)).toEqual(['one', 'two', 'three']);
  });

  it('an answer that is lost neither loses nor doubles the message', async () => {
    const line = badLine();
    const carla = await network.member('carla', { transport: line });
    const conversation = await carla.direct('anna');
    await say(carla, conversation, 'first');
    let lost = 0;
    line.down = (frame) => {
      if (frame.body.case !== 'accepted' || lost > 0) return [frame];
      lost += 1;
      line.cut();
      return [];
    };
    await say(carla, conversation, 'second');
    expect(lost).toBe(1);
    await say(carla, conversation, 'third');
    await seen(anna, 'third');
    expect(await texts(anna, conversation)).toEqual(['first', 'second', 'third']);
  });

  it('pushes that are dropped, repeated or out of order are put right', async () => {
    const line = badLine();
    const dmitri = await network.member('dmitri', { transport: line });
    const conversation = await anna.direct('dmitri');
    await say(anna, conversation, 'hello');
    await seen(dmitri, 'hello');
    let pushes = 0;
    let kept: Parameters<typeof line.down>[0] | null = null;
    line.down = (frame) => {
      if (frame.body.case !== 'item') return [frame];
      pushes += 1;
      if (pushes % 4 === 0) return [];
      if (pushes % 4 === 1) return [frame, frame];
      if (pushes % 4 === 2) {
        kept = frame;
        return [];
      }
      return kept === null ? [frame] : [frame, kept];
    };
    const said = Array.from({ length: 24 }, (_, i) => `message ${i}`);
    for (const text of said) await say(anna, conversation, text);
    line.down = (frame) => [frame];
    await say(anna, conversation, 'the end');
    await seen(dmitri, 'the end');
    expect(await texts(dmitri, conversation)).toEqual(['hello', ...said, 'the end']);
  });

  it('a device that was away takes in a backlog and answers in the epoch that is now', async () => {
    const ewa = await network.member('ewa');
    const fritz = await network.member('fritz');
    const group = await anna.createGroup('Backlog', ['ewa']);
    await say(anna, group, 'start');
    await seen(ewa, 'start');
    ewa.disconnect();
    for (let i = 0; i < 150; i++) await say(anna, group, `while away ${i}`);
    await anna.addMembers(group, ['fritz']);
    await say(anna, group, 'Fritz is here');
    await seen(fritz, 'Fritz is here');
    await ewa.connect();
    expect((await texts(ewa, group)).length).toBe(152);
    await say(ewa, group, 'back again');
    await seen(fritz, 'back again');
    expect(await texts(fritz, group)).not.toContain('start');
  });

  it('a service that restarts loses nothing', async () => {
    const gita = await network.member('gita');
    const conversation = await anna.direct('gita');
    await say(anna, conversation, 'before the restart');
    await seen(gita, 'before the restart');
    await network.delivery.stop('SIGKILL');
    const { acked } = await gita.send(conversation, { kind: 'text', text: 'while it is down' });
    await network.startDelivery();
    await acked;
    await seen(anna, 'while it is down');
    expect(await texts(anna, conversation)).toEqual(['before the restart', 'while it is down']);
  });

  it('a client that is opened again goes on where it was', async () => {
    const store = new MemoryStore();
    const first = await network.member('hilde', { store });
    const conversation = await first.direct('anna');
    await say(first, conversation, 'first life');
    first.disconnect();
    const { messageId } = await first.send(conversation, { kind: 'text', text: 'from the outbox' });
    await first.close();
    const second = await network.online(await Client.open(network.ports({ store })));
    await second.acked(messageId);
    await seen(anna, 'from the outbox');
    expect(await texts(second, conversation)).toEqual(['first life', 'from the outbox']);
  });

  it('a mailbox is acknowledged only after what it held is stored', async () => {
    const line = badLine();
    const store = new MemoryStore();
    const ivan = await network.member('ivan', { store, transport: line });
    const conversation = await anna.direct('ivan');
    await say(anna, conversation, 'hello ivan');
    await seen(ivan, 'hello ivan');
    const acked: bigint[] = [];
    const stored: number[] = [];
    line.up = (frame) => {
      if (frame.request.case === 'ack') acked.push(frame.request.value.upTo);
      return [frame];
    };
    const commit = store.commit.bind(store);
    store.commit = async (writes) => {
      const before = acked.length;
      await commit(writes);
      if (writes.some(({ table, key }) => table === 'meta' && key === 'cursor')) stored.push(before);
    };
    for (let i = 0; i < 5; i++) await say(anna, conversation, `number ${i}`);
    await seen(ivan, 'number 4');
    await until(() => acked.length >= stored.length && stored.length > 0);
    // The nth acknowledgement left after the nth commit.
    expect(stored.every((count, i) => count <= i)).toBe(true);
  });
});

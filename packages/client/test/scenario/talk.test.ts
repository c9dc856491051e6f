/** Members talk through a real delivery service, logbook, witness and database (PROTOCOL 4-7, 9, 15). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/index.ts';
import { TestNetwork, until } from '../support/network.ts';
import { row, say, seen, texts } from '../support/talk.ts';

describe('members of a network', () => {
  let network: TestNetwork;
  let anna: Client;
  let boris: Client;

  beforeAll(async () => {
    network = await TestNetwork.start();
    anna = await network.member('anna');
    boris = await network.member('boris');
  });

  afterAll(() => network?.stop());

  it('talk directly, both ways', async () => {
    const conversation = await anna.direct('boris');
    await say(anna, conversation, 'Hello Boris');
    expect((await seen(boris, 'Hello Boris')).account).toBe(anna.me.account);
    await say(boris, conversation, 'Hello Anna');
    await seen(anna, 'Hello Anna');
    expect(await texts(anna, conversation)).toEqual(['Hello Boris', 'Hello Anna']);
    expect(await texts(boris, conversation)).toEqual(['Hello Boris', 'Hello Anna']);
    // The same conversation, whoever opens it.
    expect(await boris.direct('anna')).toBe(conversation);
  });

  it('talk in a group of five', async () => {
    const others = await Promise.all(['carla', 'dmitri', 'ewa'].map((handle) => network.member(handle)));
    const group = await anna.createGroup('Five of us', ['boris', 'carla', 'dmitri', 'ewa']);
    await say(anna, group, 'Welcome, all');
    for (const member of [boris, ...others]) {
      await seen(member, 'Welcome, all');
      await until(async () => (await member.conversation(group))?.name === 'Five of us');
      await say(member, group, `${member.me.handle} is here`);
    }
    for (const member of [anna, boris, ...others]) {
      await until(async () => (await texts(member, group)).length === 5);
      expect((await texts(member, group)).sort()).toEqual(
        ['Welcome, all', 'boris is here', 'carla is here', 'dmitri is here', 'ewa is here'].sort(),
      );
    }
    const { members, custody } = await anna.whoCanRead(group);
    expect(members.map(({ handle }) => handle).sort()).toEqual(['anna', 'boris', 'carla', 'dmitri', 'ewa']);
    expect(custody).toMatchObject({ t: 2, n: 3 });
  });

  it('reply, react, edit, delete and say what was read', async () => {
    const conversation = await anna.direct('boris');
    const first = await say(anna, conversation, 'Meet at noon?');
    const asked = await seen(boris, 'Meet at noon?');
    await say(boris, conversation, 'At one', asked.id);
    expect((await seen(anna, 'At one')).body).toMatchObject({ replyTo: first });
    await (await boris.send(conversation, { kind: 'reaction', to: first, emoji: '👍' })).acked;
    await until(async () => (await anna.message(first))?.reactions[boris.me.account] === '👍');
    await (await anna.send(conversation, { kind: 'edit', target: first, text: 'Meet at one?' })).acked;
    expect((await seen(boris, 'Meet at one?')).edited).toBe(true);
    await (await boris.send(conversation, { kind: 'receipt', ids: [first], read: true })).acked;
    await until(async () => (await anna.message(first))?.receipts[boris.me.account] === 2);
    await (await anna.send(conversation, { kind: 'delete', target: first })).acked;
    await until(async () => (await boris.message(first))?.deleted === true);
  });

  it('send an attachment that is checked whole', async () => {
    const conversation = await anna.direct('boris');
    const data = new Uint8Array(150_000).map((_, i) => i % 251);
    await (await anna.sendAttachment(conversation, { name: 'plan.bin', mime: 'application/octet-stream', data })).acked;
    const { body } = await row(boris, (message) => message.body?.kind === 'attachment');
    if (body?.kind !== 'attachment') throw new Error('no attachment');
    expect(await boris.download(body.attachment)).toEqual(data);
    await expect(boris.download({ ...body.attachment, plainHash: new Uint8Array(32) })).rejects.toMatchObject({
      code: 'attachment.invalid',
    });
  });

  it('compare the same safety number', async () => {
    expect(await anna.safetyNumber('boris')).toBe(await boris.safetyNumber('anna'));
    expect(await anna.safetyNumber('boris')).toMatch(/^(\d{5} ){11}\d{5}$/);
  });

  it('change a group only as one of its admins', async () => {
    const group = await anna.createGroup('Anna decides', ['boris']);
    await say(anna, group, 'one');
    await seen(boris, 'one');
    await expect(boris.send(group, { kind: 'name', name: 'Boris decides' })).rejects.toMatchObject({ code: 'content.not_admin' });
    await (await anna.send(group, { kind: 'admins', accounts: [anna.me.account, boris.me.account] })).acked;
    await until(async () => (await boris.conversation(group))?.admins.length === 2);
    await (await boris.send(group, { kind: 'name', name: 'Both decide' })).acked;
    await until(async () => (await anna.conversation(group))?.name === 'Both decide');
  });
});

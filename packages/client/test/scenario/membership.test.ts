/** Who is in a conversation: second devices, leaving, removing, revoking, coming back after lost state (PROTOCOL 5). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, MemoryStore, type Store } from '../../src/index.ts';
import { TestNetwork, until } from '../support/network.ts';
import { say, seen, texts } from '../support/talk.ts';

describe('membership', () => {
  let network: TestNetwork;
  let anna: Client;
  let boris: Client;

  beforeAll(async () => {
    network = await TestNetwork.start();
    anna = await network.member('anna');
    boris = await network.member('boris');
  });

  afterAll(() => network?.stop());

  it('a second device of a member joins his conversations and sees what the first one sends', async () => {
    const conversation = await anna.direct('boris');
    await say(anna, conversation, 'before the tablet');
    await seen(boris, 'before the tablet');
    const [voucher] = await anna.vouchers.create({ forOwnDevice: true });
    const tablet = await network.member('anna', { voucher: voucher?.voucher as string });
    expect(tablet.me.account).toBe(anna.me.account);
    await until(async () => (await tablet.conversation(conversation))?.status === 'active');
    await say(anna, conversation, 'from the phone');
    expect((await seen(tablet, 'from the phone')).own).toBe(true);
    await say(tablet, conversation, 'from the tablet');
    expect((await seen(anna, 'from the tablet')).own).toBe(true);
    expect((await seen(boris, 'from the tablet')).account).toBe(anna.me.account);
    // An edit by the other device of the same account is the owner's.
    const { id } = await seen(tablet, 'from the phone');
    await (await tablet.send(conversation, { kind: 'edit', target: id, text: 'edited on the tablet' })).acked;
    await seen(boris, 'edited on the tablet');
    await anna.devices.revoke(tablet.me.device);
    await until(() => tablet.connectionState === 'offline');
    await say(boris, conversation, 'after the tablet was lost');
    await seen(anna, 'after the tablet was lost');
    await until(async () => (await boris.conversation(conversation))?.members.length === 2);
    expect(await texts(tablet, conversation)).not.toContain('after the tablet was lost');
    expect((await anna.devices.list()).find(({ deviceId }) => deviceId === tablet.me.device)).toMatchObject({ revoked: true });
  });

  it('a member leaves, another is removed, and neither reads on', async () => {
    const carla = await network.member('carla');
    const dmitri = await network.member('dmitri');
    const group = await anna.createGroup('Four', ['boris', 'carla', 'dmitri']);
    await say(anna, group, 'all four');
    for (const member of [boris, carla, dmitri]) await seen(member, 'all four');
    await carla.leave(group);
    await until(async () => (await carla.conversation(group))?.status === 'left');
    await anna.removeMembers(group, ['dmitri']);
    await until(async () => (await dmitri.conversation(group))?.status === 'left');
    await say(anna, group, 'the two of us');
    await seen(boris, 'the two of us');
    expect(await texts(carla, group)).toEqual(['all four']);
    expect(await texts(dmitri, group)).toEqual(['all four']);
    await expect(dmitri.send(group, { kind: 'text', text: 'still here?' })).rejects.toMatchObject({
      code: 'input.unknown_group',
    });
    // Invited again, he reads from then on.
    await anna.addMembers(group, ['dmitri']);
    await say(boris, group, 'welcome back');
    await seen(dmitri, 'welcome back');
    expect(await texts(dmitri, group)).toEqual(['all four', 'welcome back']);
  });

  it('members who change a group at the same time all get their way', async () => {
    const group = await anna.createGroup('Race', ['boris']);
    await say(anna, group, 'ready');
    await seen(boris, 'ready');
    const handles = ['ewa', 'fritz'];
    await Promise.all(handles.map((handle) => network.member(handle)));
    await Promise.all([anna.addMembers(group, ['ewa']), boris.addMembers(group, ['fritz'])]);
    for (const member of [anna, boris]) {
      await until(async () => (await member.whoCanRead(group)).members.length === 4);
    }
    await say(anna, group, 'everybody');
    await seen(boris, 'everybody');
  });

  it('a device whose group state was lost comes back by itself and reads on', async () => {
    const store = new MemoryStore();
    const gita = await network.member('gita', { store });
    const group = await anna.createGroup('Resync', ['gita']);
    await say(anna, group, 'before');
    await seen(gita, 'before');
    await gita.close();
    await forgetGroups(store);
    const again = await network.online(await Client.open(network.ports({ store })));
    await say(anna, group, 'unreadable for now');
    await until(async () => (await again.conversation(group))?.status === 'active');
    await say(anna, group, 'after');
    await seen(again, 'after');
    await say(again, group, 'here I am');
    await seen(anna, 'here I am');
  });

  it('a device that holds an older state than the group notices and comes back', async () => {
    const hilde = await network.member('hilde');
    const group = await anna.createGroup('Behind', ['hilde', 'boris']);
    await say(anna, group, 'one');
    await seen(hilde, 'one');
    await hilde.resync(group);
    await until(async () => (await hilde.conversation(group))?.status === 'active');
    await until(async () => (await boris.conversation(group))?.epoch === (await hilde.conversation(group))?.epoch);
    await say(hilde, group, 'still the same');
    await seen(anna, 'still the same');
    await seen(boris, 'still the same');
  });
});

/** As after a damaged disk: everything is there but the MLS state. */
async function forgetGroups(store: Store): Promise<void> {
  const rows = await store.scan('group');
  await store.commit(rows.map(({ key }) => ({ table: 'group', key, value: null })));
}

/** The life of a group from its creation to the removal of its members (PROTOCOL 5). */
import { equal, fromUtf8 } from '@countersign/bytes';
import { describe, expect, it } from 'vitest';
import { Group } from '../../src/index.ts';
import { type Device, groupOf, leafOf, Device as NewDevice, NOW, type Relay, sameRoster } from '../world.ts';

async function expectTalk(relay: Relay, devices: readonly Device[]): Promise<void> {
  for (const sender of devices.slice(0, 3)) {
    const message = await sender.say('hello');
    for (const reader of devices) if (reader !== sender) expect(await reader.hear(message)).toBe('hello');
  }
  for (const device of devices) expect(sameRoster(device.group.roster(), relay.roster)).toBe(true);
}

describe('the life of a group', () => {
  it('two devices talk, and the relay sees the members that they see', async () => {
    const { relay, devices } = await groupOf(2);
    await expectTalk(relay, devices);
    expect(relay.roster.epoch).toBe(1n);
  });

  it('at epoch 0 the transcript hash of the roster is zeros', async () => {
    const { relay, devices } = await groupOf(1);
    const [alice] = devices as [Device];
    expect(alice.group.roster().confirmedTranscriptHash).toEqual(new Uint8Array(32));
    expect(sameRoster(alice.group.roster(), relay.roster)).toBe(true);
  });

  it('sixteen members add, remove, update and leave, and after each Commit relay and members agree', async () => {
    const { relay, devices } = await groupOf(16);
    await expectTalk(relay, devices);
    for (const device of devices) await relay.update(device);
    await expectTalk(relay, devices);

    const [alice, bob, carol] = devices as [Device, Device, Device];
    const dave = new NewDevice();
    await relay.add(bob, [dave]);
    await relay.update(alice);
    // Here nodes below the root list an unmerged leaf that the root no longer lists: a valid tree.
    const erin = new NewDevice();
    await relay.add(carol, [erin]);
    const members = [...devices, dave, erin];
    await expectTalk(relay, members);

    await relay.commit(await alice.group.commit({ remove: [leafOf(relay, carol)], now: NOW }));
    expect(carol.group.ownLeaf).toBeNull();
    const afterRemoval = await alice.say('without carol');
    await expect(carol.group.decrypt(afterRemoval)).rejects.toMatchObject({ code: 'not_member' });

    await relay.leave(await bob.group.leave());
    await expect(alice.say('too early')).rejects.toMatchObject({ code: 'commit_first' });
    await expect(bob.group.commit({ now: NOW })).rejects.toMatchObject({ code: 'leaving' });
    await relay.update(alice);
    expect(bob.group.ownLeaf).toBeNull();
    await expectTalk(
      relay,
      members.filter((device) => device !== bob && device !== carol),
    );

    // Their blank leaves are filled again.
    await relay.add(alice, [new NewDevice(), new NewDevice()]);
    await expectTalk(relay, [...relay.members]);
  }, 60_000);

  it('adds and removes in one Commit, and both are named', async () => {
    const { relay, devices } = await groupOf(5);
    const [alice, bob] = devices as [Device, Device];
    const fresh = new NewDevice();
    const own = await fresh.keyPackage();
    const frame = await alice.group.commit({ add: [own.message], remove: [leafOf(relay, bob)], now: NOW });
    const [result] = await relay.commit(frame);
    expect(result).toMatchObject({
      kind: 'commit',
      own: true,
      change: { committer: 0, removed: [1], added: [1], hasPath: true },
    });
    // The newcomer sits on bob's old leaf.
    expect(bob.group.ownLeaf).toBeNull();
    fresh.group = await Group.join(frame.welcome as Uint8Array, own, fresh.env);
    relay.members.add(fresh);
    await expectTalk(relay, [...relay.members]);
  });

  it('an announced leave that the Commit removes anyway is taken up once', async () => {
    const { relay, devices } = await groupOf(4);
    const [alice, bob] = devices as [Device, Device];
    await relay.leave(await bob.group.leave());
    await relay.commit(await alice.group.commit({ remove: [leafOf(relay, bob)], now: NOW }));
    expect(bob.group.ownLeaf).toBeNull();
    await expectTalk(
      relay,
      devices.filter((device) => device !== bob),
    );
  });

  it('a device renews its certificate with a key update', async () => {
    const { relay, devices } = await groupOf(3);
    const [, bob] = devices as [Device, Device];
    await relay.commit(await bob.group.commit({ identity: bob.identity(1), now: NOW }));
    expect(relay.roster.members[1]?.identity.at(-1)).toBe(1);
    await expectTalk(relay, devices);
    await relay.update(devices[0] as Device);
    await expectTalk(relay, devices);
  });

  it('the sender, its data and its certificate come with each message', async () => {
    const { devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const received = await bob.group.decrypt(await alice.say('who?'));
    expect(received.sender.leafIndex).toBe(0);
    expect(equal(received.sender.identity, alice.identity())).toBe(true);
    expect(received.authenticatedData).toEqual(fromUtf8('aad'));
  });

  it('messages of the epoch before are still read, those of five epochs ago no more', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const late: Uint8Array[] = [];
    for (let i = 0; i < 5; i++) {
      late.push(await alice.say(`epoch ${i}`));
      await relay.update(alice);
    }
    await expect(bob.group.decrypt(late[0] as Uint8Array)).rejects.toMatchObject({ code: 'epoch_passed' });
    await expect(bob.group.decrypt(late[1] as Uint8Array)).rejects.toMatchObject({ code: 'epoch_passed' });
    for (const i of [2, 3, 4]) expect(await bob.hear(late[i] as Uint8Array)).toBe(`epoch ${i}`);
  });

  it('messages in another order are read once each', async () => {
    const { devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    const messages = [await alice.say('0'), await alice.say('1'), await alice.say('2')];
    expect(await bob.hear(messages[2] as Uint8Array)).toBe('2');
    expect(await bob.hear(messages[0] as Uint8Array)).toBe('0');
    expect(await bob.hear(messages[1] as Uint8Array)).toBe('1');
    for (const message of messages) await expect(bob.group.decrypt(message)).rejects.toMatchObject({ code: 'consumed' });
  });

  it('tells a message from before the join, one of a later epoch and one of an unknown sender apart', async () => {
    const { relay, devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    const early = await alice.say('before');
    const carol = new NewDevice();
    await relay.add(alice, [carol]);
    await expect(carol.group.decrypt(early)).rejects.toMatchObject({ code: 'before_join' });
    const frame = await alice.group.commit({ now: NOW });
    await relay.commit(frame, false);
    await alice.group.process(frame.commit);
    const ahead = await alice.say('ahead');
    await expect(bob.group.decrypt(ahead)).rejects.toMatchObject({ code: 'epoch_ahead' });
    await bob.group.process(frame.commit);
    expect(await bob.hear(ahead)).toBe('ahead');
    await expect(bob.group.process(frame.commit)).rejects.toMatchObject({ code: 'epoch_passed' });
    await expect(carol.group.process(relay.handshakes[0] as Uint8Array)).rejects.toMatchObject({ code: 'before_join' });
  });

  it('more than two hundred skipped messages are named as such', async () => {
    const { devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    let last: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 202; i++) last = await alice.say(`${i}`);
    await expect(bob.group.decrypt(last)).rejects.toMatchObject({ code: 'generation_ahead' });
  });
});

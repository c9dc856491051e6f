/** Commits that race for one epoch, and devices that find back after they lost (PROTOCOL 5). */
import { describe, expect, it } from 'vitest';
import { Group } from '../../src/index.ts';
import { type Device, groupOf, leafOf, Device as NewDevice, NOW, sameRoster } from '../world.ts';

describe('two Commits race for one epoch', () => {
  it('the loser takes the winner and makes its own again', async () => {
    const { relay, devices } = await groupOf(4);
    const [alice, bob, carol, dave] = devices as [Device, Device, Device, Device];
    const frameA = await alice.group.commit({ remove: [leafOf(relay, dave)], now: NOW });
    const frameB = await bob.group.commit({ now: NOW });
    await relay.commit(frameA);
    await expect(relay.commit(frameB)).rejects.toMatchObject({ code: 'epoch_passed' });
    expect(bob.group.pendingCommit()).toBeNull();
    await relay.commit(await bob.group.commit({ now: NOW }));
    for (const device of [alice, bob, carol]) expect(sameRoster(device.group.roster(), relay.roster)).toBe(true);
    expect(await carol.hear(await bob.say('on we go'))).toBe('on we go');
  });

  it('while a Commit waits, messages of the old epoch are sent and read, and their keys stay used', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const frame = await alice.group.commit({ now: NOW });
    await expect(alice.group.commit({ now: NOW })).rejects.toMatchObject({ code: 'commit_pending' });
    const fromBob = await bob.say('meanwhile');
    expect(await alice.hear(fromBob)).toBe('meanwhile');
    const fromAlice = await alice.say('me too');
    await relay.commit(frame);
    await expect(alice.group.decrypt(fromBob)).rejects.toMatchObject({ code: 'consumed' });
    expect(await bob.hear(fromAlice)).toBe('me too');
  });

  it('a refused Commit is abandoned and another one made', async () => {
    const { relay, devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    await alice.group.commit({ now: NOW });
    await alice.group.abandonCommit();
    await relay.update(alice);
    expect(await bob.hear(await alice.say('again'))).toBe('again');
  });
});

describe('resynchronisation', () => {
  it('a device that missed a Commit for good replaces its leaf and still reads what it could', async () => {
    const { relay, devices } = await groupOf(5);
    const [alice, , carol] = devices as [Device, Device, Device];
    const unread = await alice.say('unread');
    relay.members.delete(carol);
    await relay.update(alice);
    await relay.update(alice);
    const frame = await carol.group.resync(relay.groupInfo, await carol.keyPackage());
    relay.members.add(carol);
    const results = await relay.commit(frame);
    expect(results.at(-1)).toMatchObject({ own: true, change: { external: true, removed: [2], committer: 2 } });
    expect(await carol.hear(unread)).toBe('unread');
    expect(await carol.hear(await alice.say('welcome back'))).toBe('welcome back');
    expect(await alice.hear(await carol.say('thanks'))).toBe('thanks');
    for (const device of devices) expect(sameRoster(device.group.roster(), relay.roster)).toBe(true);
    await relay.update(carol);
    await relay.add(carol, [new NewDevice()]);
    for (const device of relay.members) expect(sameRoster(device.group.roster(), relay.roster)).toBe(true);
  });

  it('a device that lost its state joins again from the GroupInfo alone', async () => {
    const { relay, devices } = await groupOf(4);
    const [alice, bob] = devices as [Device, Device];
    relay.members.delete(bob);
    const { group, frame } = await Group.resync(relay.groupInfo, await bob.keyPackage(), bob.env);
    bob.group = group;
    expect(group.epoch).toBeNull();
    await expect(bob.say('not yet')).rejects.toMatchObject({ code: 'commit_pending' });
    bob.reopen();
    relay.members.add(bob);
    await relay.commit(frame);
    expect(await alice.hear(await bob.say('back'))).toBe('back');
    expect(bob.group.custodyRoots()).toHaveLength(1);
  });

  it('works when every other leaf of its subtree is blank', async () => {
    const { relay, devices } = await groupOf(6);
    const [alice, , , , , frank] = devices as [Device, Device, Device, Device, Device, Device];
    for (const device of devices) await relay.update(device);
    await relay.commit(await alice.group.commit({ remove: [1, 2, 4], now: NOW }));
    relay.members.delete(frank);
    await relay.update(alice);
    relay.members.add(frank);
    await relay.commit(await frank.group.resync(relay.groupInfo, await frank.keyPackage()));
    expect(await alice.hear(await frank.say('moved'))).toBe('moved');
    expect(relay.roster.members.map(({ leafIndex }) => leafIndex)).toEqual([0, 1, 3]);
  });
});

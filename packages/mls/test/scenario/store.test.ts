/** Nothing leaves the device before its state is stored, and custody roots live as long as PROTOCOL 5 says. */
import { equal, toHex } from '@countersign/bytes';
import { describe, expect, it } from 'vitest';
import { EPOCHS_KEPT, Group, readMessageHeader, type SavedGroup } from '../../src/index.ts';
import { CUSTODY_CONTEXT, type Device, groupOf, NOW } from '../world.ts';

describe('persist, then send', () => {
  it('the new state is stored before a byte is returned', async () => {
    const { devices } = await groupOf(2);
    const [alice] = devices as [Device];
    const order: string[] = [];
    alice.store.beforeSave = () => order.push('saved');
    await alice.say('x').then(() => order.push('returned'));
    await alice.group.commit({ now: NOW }).then(() => order.push('returned'));
    expect(order).toEqual(['saved', 'returned', 'saved', 'returned']);
  });

  it('a failed write sends nothing and changes nothing', async () => {
    const { devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    alice.store.failNext = true;
    await expect(alice.say('lost')).rejects.toThrow('disk full');
    const kept = await alice.say('kept');
    bob.store.failNext = true;
    await expect(bob.group.decrypt(kept)).rejects.toThrow('disk full');
    expect(await bob.hear(kept)).toBe('kept');
    alice.store.failNext = true;
    await expect(alice.group.commit({ now: NOW })).rejects.toThrow('disk full');
    expect(alice.group.pendingCommit()).toBeNull();
  });

  it('messages asked for at once leave from different states', async () => {
    const { devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    const messages = await Promise.all(Array.from({ length: 20 }, (_, i) => alice.say(`${i}`)));
    for (const [i, message] of messages.entries()) expect(await bob.hear(message)).toBe(`${i}`);
  });

  it('of two processes with one state only one can send', async () => {
    const { devices } = await groupOf(2);
    const [alice] = devices as [Device];
    const twin = Group.open(alice.store.saved as SavedGroup, alice.env);
    await alice.say('first');
    await expect(twin.encrypt(new Uint8Array(1), new Uint8Array(0))).rejects.toThrow('revision conflict');
  });

  it('a stored group goes on where it stopped, with a pending Commit, late messages and custody roots', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const late = await alice.say('late');
    const skipped = await alice.say('skipped');
    await alice.say('never arrives');
    await bob.hear(await alice.say('fourth'));
    await relay.update(alice);
    const frame = await bob.group.commit({ now: NOW });
    const roots = bob.group.custodyRoots().map(({ root }) => toHex(root));
    bob.reopen();
    expect(bob.group.custodyRoots().map(({ root }) => toHex(root))).toEqual(roots);
    expect(bob.group.pendingCommit()?.commit).toEqual(frame.commit);
    expect(await bob.hear(skipped)).toBe('skipped');
    bob.reopen();
    expect(await bob.hear(late)).toBe('late');
    await expect(bob.group.decrypt(skipped)).rejects.toMatchObject({ code: 'consumed' });
    await relay.commit(frame);
    bob.reopen();
    expect(await alice.hear(await bob.say('after'))).toBe('after');
  });

  it('a message rewrites the ratchets alone', async () => {
    const { devices } = await groupOf(16);
    const [alice] = devices as [Device];
    const before = alice.store.saved as SavedGroup;
    await alice.say('x');
    const after = alice.store.saved as SavedGroup;
    expect(equal(after.handshake, before.handshake)).toBe(true);
    expect(after.ratchets.length).toBeLessThan(2000);
  });
});

describe('custody roots', () => {
  it('are equal for all members, differ by epoch and context, and are kept for four epochs', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const next = new Uint8Array(48).fill(8);
    for (const device of devices) device.contexts = [CUSTODY_CONTEXT, next];
    for (let i = 0; i < 6; i++) await relay.update(alice);
    const roots = alice.group.custodyRoots();
    expect(roots.map(({ root }) => toHex(root))).toEqual(bob.group.custodyRoots().map(({ root }) => toHex(root)));
    expect(roots).toHaveLength(2 * EPOCHS_KEPT);
    expect(new Set(roots.map(({ root }) => toHex(root))).size).toBe(roots.length);
    expect(new Set(roots.map(({ epoch }) => epoch))).toEqual(new Set([4n, 5n, 6n, 7n]));
  });

  it('are erased on request and do not come back', async () => {
    const { devices } = await groupOf(2);
    const [alice] = devices as [Device];
    const root = alice.group.custodyRoots()[0]?.root as Uint8Array;
    await alice.group.eraseCustodyRoots(alice.group.epoch as bigint);
    expect(alice.group.custodyRoots().some(({ epoch }) => epoch === alice.group.epoch)).toBe(false);
    alice.reopen();
    expect(alice.group.custodyRoots().some(({ epoch }) => epoch === alice.group.epoch)).toBe(false);
    expect(root).toBeDefined();
  });

  it('no exporter secret, and no root of an erased epoch, is in what is stored', async () => {
    const { devices } = await groupOf(2);
    const [alice] = devices as [Device];
    const root = Uint8Array.from(alice.group.custodyRoots().at(-1)?.root as Uint8Array);
    expect(toHex((alice.store.saved as SavedGroup).handshake)).toContain(toHex(root));
    await alice.group.eraseCustodyRoots(alice.group.epoch as bigint);
    expect(toHex((alice.store.saved as SavedGroup).handshake)).not.toContain(toHex(root));
  });
});

it('a relay reads group, epoch, kind and authenticated data of a message without keys', async () => {
  const { devices } = await groupOf(2);
  const [alice] = devices as [Device];
  const header = readMessageHeader(await alice.say('secret'));
  expect(header).toMatchObject({ wireFormat: 'private', epoch: 1n, contentType: 'application' });
  expect(equal(header.groupId, alice.group.groupId)).toBe(true);
  expect(new TextDecoder().decode(header.authenticatedData)).toBe('aad');
});

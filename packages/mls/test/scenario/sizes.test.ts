/** Groups of a hundred and of five hundred members, the limit. */
import { describe, expect, it } from 'vitest';
import { type Device, groupOf, leafOf, NOW, sameRoster } from '../world.ts';

describe('larger groups', () => {
  it('a hundred members: update, remove, add, and one roster', async () => {
    const { relay, devices } = await groupOf(100);
    const [alice, bob] = devices as [Device, Device];
    await relay.update(alice);
    await relay.commit(await bob.group.commit({ remove: [leafOf(relay, devices[50] as Device)], now: NOW }));
    const message = await bob.say('to all');
    for (const device of relay.members) if (device !== bob) expect(await device.hear(message)).toBe('to all');
    for (const device of relay.members) expect(sameRoster(device.group.roster(), relay.roster)).toBe(true);
  }, 120_000);

  it('five hundred members come in by one Commit; one more is refused', async () => {
    const relayAndDevices = await groupOfFiveHundred();
    const { relay, devices } = relayAndDevices;
    const [alice, bob] = devices as [Device, Device];
    expect(relay.roster.members).toHaveLength(500);
    await expect(
      alice.group.commit({ add: [(await (devices[499] as Device).keyPackage()).message], now: NOW }),
    ).rejects.toMatchObject({
      code: 'too_large',
    });
    await relay.update(alice);
    expect(await bob.hear(await alice.say('five hundred'))).toBe('five hundred');
    expect(sameRoster(bob.group.roster(), relay.roster)).toBe(true);
  }, 120_000);
});

/** Only two of the five hundred are kept as members that process: the others' states would cost a minute and prove nothing more. */
async function groupOfFiveHundred() {
  const { Device: NewDevice, Relay } = await import('../world.ts');
  const { Group } = await import('../../src/index.ts');
  const devices = Array.from({ length: 500 }, () => new NewDevice());
  const [alice, ...others] = devices as [Device, ...Device[]];
  const relay = await Relay.withGroup(alice);
  const packages = await Promise.all(others.map((device) => device.keyPackage()));
  const frame = await alice.group.commit({ add: packages.map((own) => own.message), now: NOW });
  await relay.commit(frame);
  const [bob] = others as [Device];
  bob.group = await Group.join(frame.welcome as Uint8Array, packages[0] as never, bob.env);
  relay.members.add(bob);
  return { relay, devices };
}

/** Random lives of a group: relay and members agree after every step (PROTOCOL 4, 5). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Device, groupOf, leafOf, Device as NewDevice, NOW, type Relay, sameRoster } from '../world.ts';

const MEMBERS_MIN = 3;
const MEMBERS_MAX = 12;

/** What happens next, with numbers that choose among those who are members then. */
const step = fc.record({
  kind: fc.constantFrom('add', 'remove', 'replace', 'update', 'leave', 'resync', 'race', 'restart'),
  who: fc.nat(),
  whom: fc.nat(),
  count: fc.integer({ min: 1, max: 3 }),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(relay: Relay, { kind, who, whom, count }: Step): Promise<void> {
  const members = [...relay.members];
  const actor = members[who % members.length] as Device;
  const others = members.filter((one) => one !== actor);
  const other = others[whom % others.length] as Device;
  const room = MEMBERS_MAX - members.length;
  switch (kind) {
    case 'add':
      if (room > 0) await relay.add(actor, newDevices(Math.min(count, room)));
      return;
    case 'remove':
      if (members.length > MEMBERS_MIN)
        await relay.commit(await actor.group.commit({ remove: [leafOf(relay, other)], now: NOW }));
      return;
    case 'replace': {
      const fresh = new NewDevice();
      const own = await fresh.keyPackage();
      const frame = await actor.group.commit({ add: [own.message], remove: [leafOf(relay, other)], now: NOW });
      await relay.commit(frame);
      await relay.welcome(fresh, frame, own);
      return;
    }
    case 'update':
      return relay.update(actor);
    case 'leave':
      if (members.length <= MEMBERS_MIN) return;
      await relay.leave(await other.group.leave());
      return relay.update(actor);
    case 'resync':
      await relay.commit(await actor.group.resync(relay.groupInfo, await actor.keyPackage()));
      return;
    case 'race': {
      const [first, second] = [await actor.group.commit({ now: NOW }), await other.group.commit({ now: NOW })];
      await relay.commit(first);
      await expect(relay.commit(second)).rejects.toMatchObject({ code: 'epoch_passed' });
      return;
    }
    case 'restart':
      for (const member of members) member.reopen();
  }
}

function newDevices(count: number): Device[] {
  return Array.from({ length: count }, () => new NewDevice());
}

async function expectAgreement(relay: Relay): Promise<void> {
  const members = [...relay.members];
  for (const member of members) expect(sameRoster(member.group.roster(), relay.roster)).toBe(true);
  const [speaker, ...listeners] = members as [Device, ...Device[]];
  const message = await speaker.say('still one group');
  for (const listener of listeners) expect(await listener.hear(message)).toBe('still one group');
}

describe('whatever order members come, go, update and resynchronise in', () => {
  it('relay and members keep one roster, and everybody reads everybody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), async (steps) => {
        const { relay } = await groupOf(5);
        for (const one of steps) {
          await take(relay, one);
          await expectAgreement(relay);
        }
      }),
      { numRuns: 12 },
    );
  }, 240_000);
});

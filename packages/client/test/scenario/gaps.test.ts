/** What never arrives: a gap is shown and reported, a lost Commit is noticed, and each unreadable message says why (PROTOCOL 9). */
import type { deliveryFrames } from '@countersign/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Clock, createClock } from '../../src/index.ts';
import { badLine, itemsOf } from '../support/bad-line.ts';
import { TestNetwork, until } from '../support/network.ts';
import { row, say, seen, texts } from '../support/talk.ts';

const HEARTBEAT_MS = 20_000;

/** A clock that can be set ahead, and whose heartbeat is quick. */
function quickClock(): Clock & { aheadMs: number } {
  const real = createClock(Date.now);
  const clock = {
    aheadMs: 0,
    nowMs: () => real.nowMs() + clock.aheadMs,
    after: (ms: number, work: () => void) => real.after(ms === HEARTBEAT_MS ? 200 : ms, work),
  };
  return clock;
}

/** The relay keeps the items that `is` selects to itself, and goes on as if it had delivered them. */
function withhold(frame: deliveryFrames.ServerFrame, is: (item: deliveryFrames.MailboxItem) => boolean): void {
  for (const item of itemsOf(frame)) if (is(item)) item.item = { case: undefined };
}

describe('what never arrives', () => {
  let network: TestNetwork;
  let anna: Client;

  beforeAll(async () => {
    network = await TestNetwork.start();
    anna = await network.member('anna');
  });

  afterAll(() => network?.stop());

  it('a message that the relay withholds leaves a gap, and what follows it waits and is then shown', async () => {
    const line = badLine();
    const clock = quickClock();
    const boris = await network.member('boris', { transport: line, clock });
    const conversation = await anna.direct('boris');
    await say(anna, conversation, 'one');
    await seen(boris, 'one');
    // Pushed and drained alike.
    let withheld: bigint | null = null;
    line.down = (frame) => {
      withhold(frame, ({ item, sequence }) => {
        if (item.case === 'message') withheld ??= sequence;
        return sequence === withheld;
      });
      return [frame];
    };
    await say(anna, conversation, 'two');
    await until(() => withheld !== null);
    await say(anna, conversation, 'three');
    await say(anna, conversation, 'four');
    const heardMs = boris.lastReceivedMs ?? 0;
    await until(() => (boris.lastReceivedMs ?? 0) > heardMs + 400);
    expect(await texts(boris, conversation)).toEqual(['one']);
    clock.aheadMs = 601_000;
    const gap = await row(boris, ({ state }) => state === 'gap');
    expect(gap.body).toEqual({ kind: 'gap', missing: 1 });
    await seen(boris, 'four');
    expect(await texts(boris, conversation)).toEqual(['one', 'three', 'four']);
    await until(async () => (await network.sql`select 1 from report where code = 'envelope.seq_invalid'`).length > 0);
  });

  it('a Commit that is withheld: later messages wait, and the device comes back by itself', async () => {
    const line = badLine();
    const clock = quickClock();
    const carla = await network.member('carla', { transport: line, clock });
    await network.member('dora');
    const group = await anna.createGroup('Commits', ['carla']);
    await say(anna, group, 'before');
    await seen(carla, 'before');
    // Pushed and drained alike.
    let withheld: bigint | null = null;
    line.down = (frame) => {
      withhold(frame, ({ item, sequence }) => {
        if (item.case === 'commit') withheld ??= sequence;
        return sequence === withheld;
      });
      return [frame];
    };
    await anna.addMembers(group, ['dora']);
    await until(() => withheld !== null);
    await say(anna, group, 'in an epoch that carla does not know');
    const waiting = await row(carla, ({ state }) => state === 'unreadable');
    expect(waiting.reason).toBe('waiting');
    clock.aheadMs = 61_000;
    await until(async () => ((await carla.conversation(group))?.members.length ?? 0) === 3);
    // Anna's next message is of the new epoch once she has seen Carla's return.
    const { epoch } = (await carla.conversation(group)) ?? { epoch: 0n };
    await until(async () => (await anna.conversation(group))?.epoch === epoch);
    await say(anna, group, 'after');
    await seen(carla, 'after');
    // What was sent while she had no keys stays unreadable, and says so for good.
    const rows = (await carla.messages(group)).filter(({ state }) => state === 'unreadable');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ reason }) => reason === 'damaged' || reason === 'before_joined')).toBe(true);
  });
});

/** The live feed over streams that a test writes: pause, lost lines, and the end of an order. */
import { describe, expect, it } from 'vitest';
import type { ShownMessage } from '../../src/api/types.ts';
import { FEED_MESSAGES_MAX, Feed, type FeedSnapshot } from '../../src/state/feed.ts';

const message = (cursor: number): ShownMessage => ({
  ...{ message_id: `${cursor}`, kind: 'text', text: 'x', from: 'a', account_id: 'a', device_id: 'd', conversation: 'c' },
  ...{ sent_ms: 0, received_ms: 1000, order_id: 'o', agency: 'g', purpose: 1, grant_id: 'f', seq: cursor, cursor: `${cursor}` },
});
const bytes = (lines: readonly unknown[]) => new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

function setUp() {
  const opened: { after: string; write: (lines: readonly unknown[]) => void; close: () => void }[] = [];
  const saved: string[] = [];
  const retries: (() => void)[] = [];
  const feed = new Feed({
    open: async (after, signal) =>
      new ReadableStream({
        start(controller) {
          opened.push({ after, write: (lines) => controller.enqueue(bytes(lines)), close: () => controller.close() });
          signal.addEventListener('abort', () => controller.error(signal.reason));
        },
      }),
    nowMs: () => 3500,
    after: (_ms, work) => {
      retries.push(work);
      return () => retries.splice(retries.indexOf(work), 1);
    },
    cursor: '7',
    saveCursor: (cursor) => saved.push(cursor),
  });
  const until = (select: (snapshot: FeedSnapshot) => boolean) =>
    new Promise<FeedSnapshot>((resolve) => {
      const look = () => {
        if (!select(feed.snapshot())) return;
        stop();
        resolve(feed.snapshot());
      };
      const stop = feed.subscribe(look);
      look();
    });
  return { feed, opened, saved, retries, until };
}

describe('the feed', () => {
  it('goes on from where it was left and says how far behind it is', async () => {
    const { feed, opened, saved, until } = setUp();
    feed.start();
    await until(({ state }) => state === 'live');
    expect(opened[0]?.after).toBe('7');
    opened[0]?.write([message(8), message(9)]);
    const { messages, delayMs } = await until(({ total }) => total === 2);
    expect(messages.map(({ cursor }) => cursor)).toEqual(['8', '9']);
    expect(delayMs).toBe(2500);
    expect(saved.at(-1)).toBe('9');
  });

  it('fetches nothing while it is paused, and loses nothing', async () => {
    const { feed, opened, until } = setUp();
    feed.start();
    await until(({ state }) => state === 'live');
    opened[0]?.write([message(8)]);
    await until(({ total }) => total === 1);
    feed.pause();
    expect(feed.snapshot()).toMatchObject({ state: 'paused', pausedMs: 3500 });
    expect(opened.length).toBe(1);
    feed.resume();
    await until(({ state }) => state === 'live');
    expect(opened[1]?.after).toBe('8');
  });

  it('comes back by its cursor when the line is lost', async () => {
    const { feed, opened, retries, until } = setUp();
    feed.start();
    await until(({ state }) => state === 'live');
    opened[0]?.write([message(8)]);
    await until(({ total }) => total === 1);
    opened[0]?.close();
    expect((await until(({ state }) => state === 'broken')).code).toBe('internal.unavailable');
    retries[0]?.();
    await until(({ state }) => state === 'live');
    expect(opened[1]?.after).toBe('8');
  });

  it('says why it ended and does not come back by itself', async () => {
    const { feed, opened, retries, until } = setUp();
    feed.start();
    await until(({ state }) => state === 'live');
    opened[0]?.write([message(8), { end: 'order.revoked' }]);
    expect(await until(({ state }) => state === 'ended')).toMatchObject({ code: 'order.revoked', total: 1 });
    opened[0]?.close();
    expect(retries).toEqual([]);
  });

  it('keeps the newest messages within its bound', async () => {
    const { feed, opened, until } = setUp();
    feed.start();
    await until(({ state }) => state === 'live');
    opened[0]?.write(Array.from({ length: FEED_MESSAGES_MAX + 5 }, (_, i) => message(i)));
    const { messages } = await until(({ total }) => total === FEED_MESSAGES_MAX + 5);
    expect(messages.length).toBe(FEED_MESSAGES_MAX);
    expect(messages[0]?.cursor).toBe('5');
  });
});

/** When an order's date comes its summary is public and the person named is told, once, whatever was killed in between (PROTOCOL 11.2, 12). */
import { toHex } from '@countersign/bytes';
import type { Client } from '@countersign/client';
import { EntryType, listOverdue, type Order } from '@countersign/custody';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type Process } from '../support/processes.ts';
import { liveWarrant, nowS, Town } from '../support/town.ts';

/** Until the order's notice date. */
const DELAY_S = 25;

const town = new Town();
let anna: Client;
let notices: Process;
let order: Order;

beforeAll(async () => {
  await town.open();
  anna = await town.member('anna');
  notices = await town.startNotices();
});
afterAll(() => town.close());

/** Fails with what the service said, which is codes only. */
const orSaid = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((cause: unknown) => {
    throw new Error(`the notice service said: ${notices.said().slice(-4000)}`, { cause });
  });

const entriesOf = (type: EntryType) =>
  town.mirror.directory.entriesWith(order.orderId).filter(({ entry }) => entry.type === type);

/** The notices that anna's device shows. */
async function noticesOfAnna(): Promise<unknown[]> {
  const conversations = await anna.conversations();
  const messages = await Promise.all(conversations.map(({ id }) => anna.messages(id)));
  return messages.flat().flatMap(({ body }) => (body?.kind === 'notice' ? [body] : []));
}

test('nothing is told before the date', async () => {
  order = liveWarrant(anna.me.account, { notifyBy: BigInt(nowS() + DELAY_S) });
  await town.submit(await town.issue(order));
  expect(entriesOf(EntryType.opening)).toHaveLength(0);
  expect(entriesOf(EntryType.notice)).toHaveLength(0);
  expect(await noticesOfAnna()).toEqual([]);
});

test('at the date the summary is opened, the notice is in the log and on the device of the person named', async () => {
  await orSaid(eventually(async () => ((await noticesOfAnna()).length > 0 ? true : null), 90_000));
  const shown = await noticesOfAnna();
  expect(nowS()).toBeGreaterThanOrEqual(Number(order.notifyBy));
  expect(shown).toMatchObject([{ kind: 'notice', orderId: toHex(order.orderId), due: Number(order.notifyBy) }]);
  expect(String((shown[0] as { text: string }).text)).toContain('Act 12, s. 4');
  await eventually(() => (entriesOf(EntryType.opening).length === 1 && entriesOf(EntryType.notice).length === 1 ? true : null));
  expect(listOverdue(town.mirror.directory, nowS())).toEqual([]);
});

test('after kill -9 it serves nobody twice', async () => {
  await notices.end('SIGKILL');
  notices = await town.startNotices();
  const other = liveWarrant(anna.me.account, { notifyBy: BigInt(nowS() + 2) });
  await town.issue(other);
  // Once the next order's notice is there, the service has gone through the first again.
  await orSaid(eventually(async () => ((await noticesOfAnna()).length > 1 ? true : null), 90_000));
  expect(await noticesOfAnna()).toHaveLength(2);
  expect(entriesOf(EntryType.opening)).toHaveLength(1);
  expect(entriesOf(EntryType.notice)).toHaveLength(1);
});

/** Drafting and authorising without a running network: what the order says, and who still has to agree. */
import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { decodeOrder, OrderMode, SubjectType } from '@countersign/custody';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_AGENCIES } from '../../src/network/agencies.ts';
import { dataDir, makeDataDir } from '../../src/network/data-dir.ts';
import { createKeys, type NetworkKeys, writeKeys } from '../../src/network/keys.ts';
import { call, NOW_MS } from '../command.ts';

const NOW = NOW_MS / 1000;
const DEVICE = '00112233445566778899aabbccddeeff';
const DAY_S = 86_400n;

let data: string;
let keys: NetworkKeys;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  const size = { custodians: 5, threshold: 3, witnesses: 3, agencies: DEFAULT_AGENCIES };
  keys = createKeys(size, NOW, crypto.randomBytes);
  await makeDataDir(dataDir(data));
  await writeKeys(dataDir(data), keys);
});

const today = '2026-03-10';
const live = ['--mode', 'live', '--from', today, '--to', '2026-03-11'];

async function draft(...options: string[]) {
  const called = await call(['order', 'draft', '--json', '--data', data, ...options]);
  const answer = JSON.parse(called.stdout) as { order_id: string; file: string; code?: string };
  if (called.exit !== 0) return { ...called, answer, order: null };
  const { order } = JSON.parse(await readFile(answer.file, 'utf8')) as { order: string };
  return { ...called, answer, order: decodeOrder(fromHex(order)) };
}

describe('a draft', () => {
  it('says exactly what was asked for', async () => {
    const readers = 'AU:threat_to_life+narcotics,US:threat_to_life';
    const { order, answer } = await draft('--subjects', `device:${DEVICE},group:0a0b`, '--agencies', readers, ...live);
    expect(order?.subjects).toEqual([
      { type: SubjectType.device, deviceId: fromHex(DEVICE) },
      { type: SubjectType.group, groupId: fromHex('0a0b') },
    ]);
    expect(order?.mode).toBe(OrderMode.live);
    expect(order?.notBefore).toBe(BigInt(NOW));
    expect(toHex(order?.orderId ?? new Uint8Array())).toBe(answer.order_id);
    const purposes = new Map(order?.readers.map(({ agencyId, purposes: list }) => [toHex(agencyId), list]));
    const idOf = (code: string) => keys.agencies.find((agency) => agency.code === code)?.id ?? '';
    expect(purposes.get(idOf('AU'))).toEqual([1, 2]);
    expect(purposes.get(idOf('US'))).toEqual([1]);
  });

  it('is readable by its owner alone', async () => {
    const { answer } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:narcotics', ...live);
    expect((await stat(answer.file)).mode & 0o077).toBe(0);
  });

  it('gives agencies of one gateway one key, and an agency with a gateway of its own another', async () => {
    const { order } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit,US:audit,NL:audit', ...live);
    expect(new Set(order?.readers.map(({ readerHpkeKey }) => toHex(readerHpkeKey))).size).toBe(2);
  });

  it('keeps a territory from one agency, or from all', async () => {
    const exclude = ['--exclude-territory', 'SE', '--exclude-territory-for', 'US:US+CA'];
    const { order } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit,US:audit', ...exclude, ...live);
    expect(order?.excludedTerritories).toEqual(['SE']);
    expect(order?.readers.map((reader) => reader.excludedTerritories).sort()).toEqual([[], ['CA', 'US']]);
  });

  it('ends and is made public when asked to', async () => {
    const dates = ['--expires', '2026-03-20', '--notify-by', '2026-04-01', '--max-grants', '7'];
    const { order } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit', ...dates, ...live);
    expect(order?.expires).toBe(BigInt(Date.UTC(2026, 2, 21) / 1000));
    expect(order?.notifyBy).toBe(BigInt(Date.UTC(2026, 3, 1) / 1000));
    expect(order?.maxGrants).toBe(7);
  });

  it('may become public on the day that it begins', async () => {
    const { order } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit', '--notify-by', today, ...live);
    expect(order?.notifyBy).toBe(BigInt(NOW));
  });

  it('otherwise leaves time to read and tells the persons named afterwards', async () => {
    const { order } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit', ...live);
    expect(order?.expires).toBe(BigInt(Date.UTC(2026, 2, 12) / 1000) + 30n * DAY_S);
    expect(order && order.notifyBy > order.expires).toBe(true);
  });

  it.each([
    ['a live order for the past', ['--mode', 'live', '--from', '2026-03-09', '--to', today], 'order.mode_invalid'],
    [
      'a retrospective order for the future',
      ['--mode', 'retrospective', '--from', today, '--to', '2026-03-11'],
      'order.mode_invalid',
    ],
    ['days that run backwards', ['--mode', 'live', '--from', '2026-03-12', '--to', today], 'order.day_range_invalid'],
    ['a life beyond the limit', [...live, '--expires', '2027-03-10'], 'order.lifetime_invalid'],
    ['a notice beyond the limit', [...live, '--notify-by', '2028-01-01'], 'order.notice_invalid'],
    ['a notice before the order', [...live, '--notify-by', '2026-03-09'], 'order.notice_invalid'],
  ])('of %s is refused by policy', async (_what, options, code) => {
    const { exit, answer } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit', ...options);
    expect(exit).toBe(3);
    expect(answer.code).toBe(code);
  });

  it('of the network and a person is refused: the network is the whole of it', async () => {
    const { exit, answer } = await draft('--subjects', `network,device:${DEVICE}`, '--agencies', 'AU:audit', ...live);
    expect([exit, answer.code]).toEqual([3, 'order.subject_invalid']);
  });

  it.each([
    ['an unknown agency', ['--subjects', 'network', '--agencies', 'ZZ:audit']],
    ['an unknown purpose', ['--subjects', 'network', '--agencies', 'AU:gossip']],
    ['an agency twice', ['--subjects', 'network', '--agencies', 'AU:audit,AU:narcotics']],
    ['an unknown subject', ['--subjects', 'street:1', '--agencies', 'AU:audit']],
    ['a short id', ['--subjects', 'device:0011', '--agencies', 'AU:audit']],
    ['no reader', ['--subjects', 'network']],
    ['an exclusion for somebody else', ['--subjects', 'network', '--agencies', 'AU:audit', '--exclude-territory-for', 'US:US']],
  ])('with %s is a matter of usage', async (_what, options) => {
    const { exit } = await draft(...options, ...live);
    expect(exit).toBe(2);
  });
});

describe('an authorisation', () => {
  const authorise = async (order: string, ...options: string[]) => {
    const { exit, stdout } = await call(['order', 'authorise', '--json', '--data', data, '--order', order, ...options]);
    return { exit, ...(JSON.parse(stdout) as { code?: string; missing?: { name: string; m: number }[] }) };
  };

  it('of one judge is enough for an order about a device', async () => {
    const { answer } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit', ...live);
    expect(await authorise(answer.order_id, '--as', 'authority')).toMatchObject({ exit: 0, missing: [] });
  });

  it('of a second judge is needed for the whole network: until then it is waited for', async () => {
    const { answer } = await draft('--subjects', 'network', '--agencies', 'AU:audit', ...live);
    const first = await authorise(answer.order_id, '--as', 'authority');
    expect(first).toMatchObject({ exit: 4, missing: [{ name: 'duty', m: 1 }] });
    expect(await authorise(answer.order_id, '--as', 'duty')).toMatchObject({ exit: 0, missing: [] });
  });

  it('without a name is that of everybody whose approval is missing', async () => {
    const { answer } = await draft('--subjects', 'network', '--agencies', 'AU:audit', ...live);
    expect(await authorise(answer.order_id)).toMatchObject({ exit: 0, missing: [] });
  });

  it('of somebody in another role is refused', async () => {
    const { answer } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit', ...live);
    expect(await authorise(answer.order_id, '--as', 'au-officer')).toMatchObject({
      exit: 3,
      code: 'authorisation.role_not_held',
    });
  });

  it('that refuses leaves the order without its approval, and submitting it waits', async () => {
    const { answer } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:audit', ...live);
    expect(await authorise(answer.order_id, '--as', 'authority', '--refuse')).toMatchObject({ exit: 4 });
    const { exit, stdout } = await call(['order', 'submit', '--json', '--data', data, '--order', answer.order_id]);
    expect(exit).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'order.not_authorised' });
  });

  it('of an order that is not there fails', async () => {
    expect(await authorise('ff'.repeat(16))).toMatchObject({ exit: 1, code: 'input.unknown_order' });
  });
});

describe('the list of orders', () => {
  it('shows each with its state', async () => {
    const { answer } = await draft('--subjects', `device:${DEVICE}`, '--agencies', 'AU:narcotics', ...live);
    await call(['order', 'authorise', '--json', '--data', data, '--order', answer.order_id]);
    const { stdout } = await call(['order', 'list', '--json', '--data', data]);
    const { orders } = JSON.parse(stdout) as { orders: { order_id: string; state: string }[] };
    expect(orders.find(({ order_id }) => order_id === answer.order_id)).toMatchObject({ state: 'authorised' });
  });
});

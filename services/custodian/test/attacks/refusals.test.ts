/** Every way in which a release is refused, with its code (PROTOCOL 10.2, 10.3, 11.3). */
import { equal, fromUtf8 } from '@countersign/bytes';
import { Decision, orderHash } from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import {
  addCosignatures,
  createCheckpoint,
  createCosignature,
  deriveSignerKey,
  formatNote,
  LOG_KEY,
  parseNote,
  WITNESS_KEY,
} from '@countersign/tlog';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  bytesOf,
  Court,
  callRelease,
  DAY,
  decideWhenSeen,
  device,
  eventually,
  Human,
  liveWarrant,
  nowS,
  type Sent,
  statusOf,
  type TestCustodian,
} from '../court.ts';

const court = new Court();
let anna: TestCustodian;
let sent: Sent;
beforeAll(async () => {
  await court.open(['Anna', 'Bert', 'Cleo']);
  await court.ceremony(2, court.custodians);
  await court.found();
  await court.territory('DE');
  anna = court.custodians[0] as TestCustodian;
  sent = await court.send();
}, 120_000);
afterAll(() => court.close(), 30_000);

/** Issues, approves and asks: the code. */
async function codeFor(order: ReturnType<typeof liveWarrant>, asked: readonly Sent[] = [sent]): Promise<string> {
  await court.issue(order);
  await decideWhenSeen(anna, order);
  const request = await court.request(order, asked);
  return (await callRelease(anna.url, await court.callOf(request, asked))).code;
}

test('an order outside its time, scope, limits or places opens nothing', async () => {
  const notBefore = BigInt(3600 * Math.floor(nowS() / 3600) - 500);
  const day = Number(notBefore / 86_400n);
  const short = { notBefore, expires: notBefore + 1n, notifyBy: notBefore, dayFrom: day, dayTo: day };
  const cases: [string, Parameters<typeof liveWarrant>[1], string][] = [
    ['expired', short, 'order.expired'],
    ['future', { notBefore: BigInt(nowS() + 3600), notifyBy: BigInt(nowS() + 7200) }, 'order.not_yet_valid'],
    ['backdated', { notBefore: BigInt(nowS() - 90_000), dayFrom: DAY }, 'order.backdated'],
    ['other account', { subjects: [{ type: 1, accountId: bytesOf('somebody', 16) }] }, 'order.scope_not_covered'],
    ['protected', { excludedAccounts: [device.account] }, 'order.account_excluded'],
    ['place', { excludedTerritories: ['DE'] }, 'order.territory_excluded'],
    ['metadata', { dataClasses: 1 }, 'order.class_not_covered'],
    ['other day', { dayFrom: DAY + 1 }, 'order.day_not_covered'],
    ['other purpose', { readers: liveWarrant('x').readers.map((row) => ({ ...row, purposes: [3] })) }, 'order.purpose_not_named'],
    [
      'own key',
      { readers: liveWarrant('x').readers.map((row) => ({ ...row, readerHpkeKey: sent.grant.head.enc })) },
      'order.readers_invalid',
    ],
  ];
  for (const [name, changes, code] of cases) expect([name, await codeFor(liveWarrant(name, changes))]).toEqual([name, code]);
}, 120_000);

test('more grants than the order names are refused, counted over all requests in the log', async () => {
  const second = await court.send();
  const order = liveWarrant('one grant', { maxGrants: 1 });
  expect(await codeFor(order)).toBe('ok');
  const request = await court.request(order, [second]);
  expect((await callRelease(anna.url, await court.callOf(request, [second]))).code).toBe('order.max_grants');
});

test('one judge, a judge who refuses, or a revocation: no release', async () => {
  const lonely = liveWarrant('one judge');
  await court.issue(lonely, { judges: ['judge 1'] });
  await decideWhenSeen(anna, lonely);
  const first = await court.request(lonely, [sent]);
  expect((await callRelease(anna.url, await court.callOf(first, [sent]))).code).toBe('order.not_authorised');
  await court.authorise(lonely, 'judge 2', Decision.refuse);
  expect((await callRelease(anna.url, await court.callOf(first, [sent]))).code).toBe('authorisation.refused');

  const order = liveWarrant('revoked');
  expect(await codeFor(order)).toBe('ok');
  await court.revoke(order);
  const request = await court.request(order, [sent]);
  const refused = await callRelease(anna.url, await court.callOf(request, [sent]));
  expect(refused.code).toBe('order.revoked');
  expect(equal(refused.objectHash, orderHash(order))).toBe(true);
  expect(refused.releases).toEqual([]);
});

test('an order whose opening the custodian was not given is refused, though the caller shows it', async () => {
  const order = liveWarrant('withheld');
  await court.issue(order, { withholdOrder: true });
  const request = await court.request(order, [sent]);
  expect((await callRelease(anna.url, await court.callOf(request, [sent]))).code).toBe('log.opening_missing');
});

test('only a witnessed checkpoint of the log that the custodian knows counts', async () => {
  const order = liveWarrant('checkpoints');
  await court.issue(order);
  await decideWhenSeen(anna, order);
  const request = await court.request(order, [sent]);
  const call = await court.callOf(request, [sent]);
  const mirror = court.mirror as LogMirror;
  const { size } = mirror;
  const root = mirror.rootAt(size);
  const ask = async (checkpoint: Uint8Array) =>
    (await callRelease(anna.url, await court.callOf(request, [sent], checkpoint))).code;
  expect(await ask(noteOf(size, root, null))).toBe('log.not_witnessed');
  expect(await ask(noteOf(size, root, nowS() - 700))).toBe('log.not_witnessed');
  expect(await ask(noteOf(size + 1000, root, nowS()))).toBe('log.stale');
  expect(await ask(noteOf(Number(request.index), mirror.rootAt(Number(request.index)), nowS()))).toBe('log.not_included');
  expect(await ask(fromUtf8('no checkpoint'))).toBe('log.checkpoint_invalid');
  const wrongRoot = noteOf(size, mirror.rootAt(size - 1), nowS());
  expect(await ask(wrongRoot)).toBe('log.inconsistent');
  expect((await callRelease(anna.url, call)).code).toBe('ok');
});

/** A checkpoint as a log and a witness that are both corrupt could make it. */
function noteOf(size: number, root: Uint8Array, cosignedAt: number | null): Uint8Array {
  const origin = 'log.example/ac1';
  const note = parseNote(createCheckpoint({ size, root }, deriveSignerKey(origin, LOG_KEY, bytesOf('log'))));
  if (cosignedAt === null) return formatNote(note);
  const key = deriveSignerKey('w1', WITNESS_KEY, bytesOf('w1'));
  return formatNote(addCosignatures(note, [createCosignature(note.text, key, cosignedAt)], key));
}

test('the same request is answered with the same releases, another one under its id not at all', async () => {
  const order = liveWarrant('replay');
  await court.issue(order);
  await decideWhenSeen(anna, order);
  const requestId = bytesOf('request id', 16);
  const request = await court.request(order, [sent], { requestId });
  const call = await court.callOf(request, [sent]);
  const [first, meanwhile] = await Promise.all([callRelease(anna.url, call), callRelease(anna.url, call)]);
  expect(first.code).toBe('ok');
  expect(meanwhile).toEqual(first);
  expect(await callRelease(anna.url, await court.callOf(request, [sent]))).toEqual(first);
  const other = await court.request(order, [await court.send()], { requestId });
  const others = [await court.send()];
  expect((await callRelease(anna.url, await court.callOf(other, others))).code).toBe('request.replayed');
  const old = await court.request(order, [sent], { time: BigInt(nowS() - 1300) });
  expect((await callRelease(anna.url, await court.callOf(old, [sent]))).code).toBe('request.time_invalid');
});

test("without its human's word a custodian releases nothing; a refusal outlives the process", async () => {
  const order = liveWarrant('undecided');
  await court.issue(order);
  const request = await court.request(order, [sent]);
  const call = await court.callOf(request, [sent]);
  expect((await callRelease(anna.url, call)).code).toBe('policy.custodian_not_approved');
  expect((await new Human(anna).decide(order, 'approve')).status).toBe(401);
  const human = await decideWhenSeen(anna, order, 'refuse');
  const { json } = await human.call('/v1/orders');
  const shown = (json.orders as { state: string; refused_with: string | null; summary: string[] }[])[0];
  expect(shown).toMatchObject({ state: 'refused', refused_with: null });
  expect(shown?.summary.join(' ')).toContain('Federal agency (DE) for narcotics');

  const { orders } = await statusOf(anna.url);
  await anna.running?.stop();
  await court.startInProcess(anna);
  await eventually(async () => ((await statusOf(anna.url)).orders.refused === orders.refused ? true : null));
  expect((await callRelease(anna.url, call)).code).toBe('policy.custodian_not_approved');
  await decideWhenSeen(anna, order, 'approve');
  expect((await callRelease(anna.url, call)).code).toBe('ok');
});

test('a custodian without a share of the key in force says so, and rubbish is no call', async () => {
  const dora = await court.addCustodian('Dora');
  const order = liveWarrant('no share');
  await court.issue(order);
  const request = await court.request(order, [sent]);
  expect((await callRelease(dora.url, await court.callOf(request, [sent]))).code).not.toBe('ok');
  expect(await callRelease(anna.url, fromUtf8('\u00ff rubbish'))).toMatchObject({ status: 400, code: 'frame.malformed' });
});

test('a territory that nobody opened to the custodian stops every order that excludes one', async () => {
  await court.territory('FR', true);
  expect(await codeFor(liveWarrant('unopened territory', { excludedTerritories: ['PL'] }))).toBe('log.opening_missing');
  expect(await codeFor(liveWarrant('no territory'))).toBe('ok');
});

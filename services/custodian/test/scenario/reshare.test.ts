/** A key is handed on to other custodians: its secret stays, its old shares go (PROTOCOL 13). */
import { encode, fromHex, fromUtf8, toHex } from '@countersign/bytes';
import { EntryType, openRelease, orderHash, scopeCodec } from '@countersign/custody';
import type { FinishedCustodyKey, LogMirror } from '@countersign/service';
import { ceremonyOpenCodec, combine, DKG } from '@countersign/threshold';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  agency,
  Court,
  callRelease,
  DAY,
  decideWhenSeen,
  eventually,
  Human,
  liveWarrant,
  networkId,
  statusOf,
  type TestCustodian,
} from '../court.ts';

const court = new Court();
beforeAll(async () => {
  await court.open(['Anna', 'Bert', 'Cleo']);
  await court.ceremony(2, court.custodians);
  await court.found();
}, 120_000);
afterAll(() => court.close(), 30_000);

test('people who see different transcripts sign nothing, and the next ceremony starts afresh', async () => {
  const before = (court.custody as FinishedCustodyKey).custodyKey;
  const plan = { members: court.custodians, reshare: { old: before, holders: court.custodians.slice(0, 2) } };
  await expect(court.ceremony(2, plan.members, plan.reshare, () => false)).rejects.toMatchObject({ code: 'policy.forbidden' });
  for (const { url } of court.custodians) expect(await statusOf(url)).toMatchObject({ share_gen: 1, ceremony: null });
});

test('a Round1 that was changed on its way aborts the ceremony with a logged complaint', async () => {
  const [anna] = court.custodians as [TestCustodian];
  const humans = await Promise.all(court.custodians.map((custodian) => new Human(custodian).open()));
  const id = { ceremony_id: '01'.repeat(16) };
  const keys = await Promise.all(humans.map(async (human) => (await human.call('/v1/ceremony/key', id)).json));
  expect(keys.map((key) => key.name)).toEqual(['Anna', 'Bert', 'Cleo']);
  const open = openOf(id.ceremony_id, keys);
  const hashes = await all(humans, 'open', { ...id, open }, 'hash');
  const round1s = await all(humans, 'hashes', { ...id, hashes }, 'round1');
  const bytes = round1s[1]?.bytes as string;
  const flipped = `${bytes.slice(0, -2)}${bytes.endsWith('00') ? '01' : '00'}`;
  const lying = round1s.map((row, i) => (i === 1 ? { ...row, bytes: flipped } : row));
  const refused = await (humans[0] as Human).call('/v1/ceremony/round1', { ...id, round1s: lying });
  expect(refused.json.code).toBe('ceremony.round1_invalid');
  const mirror = court.mirror as LogMirror;
  const complaint = await eventually(async () => {
    const last = mirror.directory.entriesOf(EntryType.ceremony).at(-1)?.entry;
    return last?.form === 0 && last.payload[0] === 4 ? last.payload : null;
  });
  // Against the author with index 2, for its Round1 (PROTOCOL 13).
  expect([...complaint.subarray(33)]).toEqual([1, 2, 0, 1]);
  for (const human of humans) await human.call('/v1/ceremony/abort', id);
  expect((await statusOf(anna.url)).share_gen).toBe(1);
});

type Row = { readonly from: number; readonly bytes: string };
async function all(humans: readonly Human[], step: string, body: object, field: string): Promise<Row[]> {
  return Promise.all(humans.map(async (human) => (await human.call(`/v1/ceremony/${step}`, body)).json[field] as Row));
}

test('two of three hand the key on to three of four; one leaves, its share is destroyed and the old quorum is worthless', async () => {
  const before = (court.custody as FinishedCustodyKey).custodyKey;
  const [anna, bert, cleo] = court.custodians as [TestCustodian, TestCustodian, TestCustodian];
  const sent = await court.send();
  const dora = await court.addCustodian('Dora');
  const emil = await court.addCustodian('Emil');
  const members = [anna, cleo, dora, emil];
  const { custodyKey } = await court.ceremony(3, members, { old: before, holders: [anna, bert] });
  expect(toHex(custodyKey.Y)).toBe(toHex(before.Y));
  expect(toHex(custodyKey.custodyKeyId)).toBe(toHex(before.custodyKeyId));
  expect(custodyKey.shareGen).toBe(2);
  for (const [i, { url }] of members.entries()) expect(await statusOf(url)).toMatchObject({ index: i + 1, share_gen: 2 });
  expect(await statusOf(bert.url)).toMatchObject({ custody_key_id: null, share_gen: null });
  for (const { url } of [anna, bert, cleo]) {
    const destroyed = await eventually(async () => {
      const [first] = (await statusOf(url)).destroyed;
      return first?.logged === true ? first : null;
    });
    expect(destroyed).toMatchObject({ share_gen: 1, method: 3 });
  }

  const order = liveWarrant('after resharing');
  await court.issue(order);
  for (const custodian of members) await decideWhenSeen(custodian, order);
  const request = await court.request(order, [sent]);
  const call = await court.callOf(request, [sent]);
  // Whoever left is given no more openings, and has no share to touch.
  expect((await callRelease(bert.url, call)).code).toBe('log.opening_missing');
  const answers = await Promise.all([cleo, dora, emil].map(({ url }) => callRelease(url, call)));
  expect(answers.map(({ code }) => code)).toEqual(['ok', 'ok', 'ok']);
  const expected = { orderHash: orderHash(order), grantId: sent.grantId, agencyId: agency.id, shareGen: 2 };
  const sigKeys = custodyKey.custodians.map(({ sigKey }) => sigKey);
  const parts = answers.map(({ releases: [bytes] }) => {
    const { release, share } = openRelease(bytes as Uint8Array, sigKeys, expected, agency.gateway.secretKey);
    return { index: release.context.index, D: share.D };
  });
  const { enc, kCommit } = sent.grant.head;
  expect(combine({ t: 3, n: 4, scope: encode(scopeCodec, sent.scope), enc, kCommit, Y: custodyKey.Y }, parts)).toEqual(sent.K);
});

/** CeremonyOpen of a DKG, by hand. */
function openOf(ceremonyId: string, keys: readonly Record<string, unknown>[]): string {
  const members = keys.map((key, i) => ({
    index: i + 1,
    name: fromUtf8(key.name as string),
    Yi: new Uint8Array(33),
    sigKey: fromHex(key.sig_key as string),
    hpkeKey: fromHex(key.ceremony_key as string),
  }));
  const none = { oldKeyId: new Uint8Array(32), oldGen: 0, oldHolders: [] };
  const sizes = { kind: DKG as 1, fromDay: DAY, t: 2, n: members.length };
  return toHex(encode(ceremonyOpenCodec, { ...sizes, ...none, ceremonyId: fromHex(ceremonyId), networkId, members }));
}

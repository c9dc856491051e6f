/** Five custodians make a key, and three release what a logged warrant covers (PROTOCOL 8, 11.3, 13). */
import { encode, toHex } from '@countersign/bytes';
import { EntryType, openRelease, orderHash, scopeCodec } from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { combine, verifyDleq } from '@countersign/threshold';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agency, Court, callRelease, decideWhenSeen, liveWarrant, statusOf } from '../court.ts';

const court = new Court();
beforeAll(async () => {
  await court.open(['Anna', 'Bert', 'Cleo', 'Dora', 'Emil']);
  await court.ceremony(3, court.custodians);
  await court.found();
}, 120_000);
afterAll(() => court.close(), 30_000);

test('the ceremony leaves one share with each custodian and its transcript in the log', async () => {
  const { custodyKey } = court.custody as NonNullable<typeof court.custody>;
  expect(custodyKey.n).toBe(5);
  for (const [i, { url }] of court.custodians.entries()) {
    const status = await statusOf(url);
    expect(status).toMatchObject({ index: i + 1, custody_key_id: toHex(custodyKey.custodyKeyId), share_gen: 1 });
  }
  const mirror = court.mirror as LogMirror;
  // CeremonyOpen, the hash and Round1 of each of the five.
  await expect.poll(() => mirror.directory.entriesOf(EntryType.ceremony).length, { timeout: 90_000 }).toBe(15);
});

test("three of five release, and the gateway combines the sender's own key", async () => {
  const order = liveWarrant('happy');
  await court.issue(order);
  const sent = [await court.send(), await court.send()];
  const askers = court.custodians.slice(1, 4);
  for (const custodian of askers) await decideWhenSeen(custodian, order);
  const request = await court.request(order, sent);
  const call = await court.callOf(request, sent);
  const answers = await Promise.all(askers.map(({ url }) => callRelease(url, call)));
  expect(answers.map(({ code }) => code)).toEqual(['ok', 'ok', 'ok']);

  const { custodyKey } = court.custody as NonNullable<typeof court.custody>;
  const sigKeys = custodyKey.custodians.map(({ sigKey }) => sigKey);
  for (const [g, { grant, grantId, K, scope }] of sent.entries()) {
    const expected = { orderHash: orderHash(order), grantId, agencyId: agency.id, shareGen: 1 };
    const parts = answers.map(({ releases }) => {
      const { release, share } = openRelease(releases[g] as Uint8Array, sigKeys, expected, agency.gateway.secretKey);
      const { index } = release.context;
      const { Yi } = custodyKey.custodians[index - 1] as (typeof custodyKey.custodians)[number];
      verifyDleq({ Yi, enc: grant.head.enc, context: { ...expected, index } }, share);
      return { index, D: share.D };
    });
    const { enc, kCommit } = grant.head;
    expect(combine({ t: 3, n: 5, scope: encode(scopeCodec, scope), enc, kCommit, Y: custodyKey.Y }, parts)).toEqual(K);
  }
  // The entry that each answer names is in the log under the order's handle.
  const logged = (court.mirror as LogMirror).directory
    .entriesWith(order.orderId)
    .filter(({ entry }) => entry.type === EntryType.release);
  expect(logged.map(({ index }) => index).sort()).toEqual(answers.map(({ releaseIndex }) => releaseIndex).sort());
});

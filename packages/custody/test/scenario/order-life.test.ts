/** The life of a warrant: issued, approved, requested, released by two custodians, read; then revoked, extended, overdue. */
import { encode } from '@countersign/bytes';
import { combine, createPartial, verifyDleq } from '@countersign/threshold';
import { expect, test } from 'vitest';
import {
  createReadEvent,
  createReceipt,
  createRelease,
  Decision,
  EntryType,
  type ExpectedRelease,
  listOverdue,
  openingCodec,
  openRelease,
  type ReleasePlan,
  readEventCodec,
  readEventHash,
  receiptCodec,
  releaseCodec,
  releaseHash,
  releasesBodyCodec,
  scopeCodec,
  verifyGate,
  verifyReadEventChain,
} from '../../src/index.ts';
import {
  agencies,
  bytesOf,
  Court,
  codeOf,
  custodianKeys,
  custodyKey,
  DAY,
  liveWarrant,
  officerIdOf,
  randomOf,
  shareOf,
  Y,
} from '../court.ts';

/** What custodian `index` does once the gate is open. */
function release(plan: ReleasePlan, index: number): Uint8Array {
  const [grant] = plan.grants;
  if (grant === undefined) throw new RangeError('no grant');
  const context = { orderHash: plan.orderHash, grantId: grant.grantId, agencyId: plan.reader.agencyId, index, shareGen: 1 };
  const share = createPartial(shareOf(index), grant.grant.head.enc, context, randomOf(`dleq ${index}`));
  const to = { requestIndex: plan.requestIndex, context, readerHpkeKey: plan.reader.readerHpkeKey };
  return encode(releaseCodec, createRelease(to, share, bytesOf(`custodian ${index}`), randomOf(`seal ${index}`)));
}

test("two custodians release what a live warrant covers, and the reader combines the sender's own key", () => {
  const court = new Court();
  const order = liveWarrant();
  court.issue(order);
  court.decide(order, 'judge 1');
  court.decide(order, 'judge 2');
  const sent = court.send(DAY);
  court.now += 7200;
  const requestIndex = court.request(order, [sent]);

  const plan = verifyGate(court.present(requestIndex, [sent]), court.log, court.keeper());
  expect(plan.grants.map(({ grantId }) => grantId)).toEqual([sent.grantId]);
  expect(plan.isRepeat).toBe(false);

  const expected: ExpectedRelease = {
    orderHash: plan.orderHash,
    grantId: sent.grantId,
    agencyId: agencies.de.id,
    shareGen: 1,
  };
  const parts = [1, 3].map((index) => {
    const opened = openRelease(release(plan, index), custodianKeys, expected, agencies.de.gateway.secretKey);
    court.commit(EntryType.release, `custodian ${index}`, encode(releasesBodyCodec, [releaseHash(opened.release)]), {
      handle: order.orderId,
      noticeBy: plan.notifyBy,
    });
    const { Yi } = custodyKey.custodians[index - 1] as (typeof custodyKey.custodians)[number];
    verifyDleq({ Yi, enc: sent.grant.head.enc, context: { ...expected, index } }, opened.share);
    return { index, D: opened.share.D };
  });
  const { enc, kCommit } = sent.grant.head;
  expect(combine({ t: 2, n: 3, scope: encode(scopeCodec, sent.scope), enc, kCommit, Y }, parts)).toEqual(sent.K);

  const about = { orderHash: plan.orderHash, grantId: sent.grantId, agencyId: agencies.de.id, time: BigInt(court.now) };
  const receipt = createReceipt({ ...about, indices: [1, 3], kCommit }, bytesOf('reader de'));
  const first = createReadEvent(
    {
      ...about,
      officerId: officerIdOf('detective'),
      purpose: 1,
      action: 1,
      msgIds: [bytesOf('msg', 16)],
      prevEvent: new Uint8Array(32),
    },
    bytesOf('reader de'),
  );
  const second = createReadEvent({ ...first, action: 4, prevEvent: readEventHash(first) }, bytesOf('reader de'));
  const options = { handle: order.orderId, noticeBy: plan.notifyBy };
  court.commit(EntryType.receipt, 'reader de', encode(receiptCodec, receipt), options);
  court.commit(EntryType.readEvent, 'reader de', encode(readEventCodec, first), options);
  verifyReadEventChain([first, second]);
  expect(codeOf(() => verifyReadEventChain([second]))).toBe('evidence.invalid');
  expect(court.log.entriesWith(order.orderId)).toHaveLength(9);
});

test('the same request again is answered as before; another one under its id is not', () => {
  const court = new Court();
  const order = liveWarrant();
  court.issue(order);
  court.decide(order, 'judge 1');
  court.decide(order, 'judge 2');
  const sent = court.send(DAY);
  const requestIndex = court.request(order, [sent]);
  const presented = court.present(requestIndex, [sent]);
  const { request } = verifyGate(presented, court.log, court.keeper());
  const again = court.keeper({ answered: () => bytesOf('another request') });
  expect(codeOf(() => verifyGate(presented, court.log, again))).toBe('request.replayed');
  expect(request.requestId).toEqual(court.requestAt(requestIndex).requestId);
});

test('a revoked warrant releases nothing more', () => {
  const court = new Court();
  const order = liveWarrant();
  court.issue(order);
  court.decide(order, 'judge 1');
  court.decide(order, 'judge 2');
  const sent = court.send(DAY);
  const requestIndex = court.request(order, [sent]);
  court.revoke(order, 'oversight', 3);
  expect(codeOf(() => verifyGate(court.present(requestIndex, [sent]), court.log, court.keeper()))).toBe('order.revoked');
});

test('an emergency order lapses without its review, and no other one follows it', () => {
  const court = new Court();
  const emergency = (name: string, start: number) =>
    liveWarrant({
      orderId: bytesOf(name, 16),
      kind: 3,
      notBefore: BigInt(start),
      expires: BigInt(start) + 172_800n,
      reviewBy: BigInt(start) + 86_400n,
      dayTo: DAY + 1,
      required: [{ role: 2, m: 1 }],
    });
  const order = emergency('emergency', court.now);
  court.issue(order);
  court.decide(order, 'judge 1', Decision.approve, 2);
  const sent = court.send(DAY);
  const before = court.request(order, [sent]);
  expect(codeOf(() => verifyGate(court.present(before, [sent]), court.log, court.keeper()))).toBe('ok');

  court.now += 86_400;
  const after = court.request(order, [sent]);
  expect(codeOf(() => verifyGate(court.present(after, [sent]), court.log, court.keeper()))).toBe('order.review_overdue');

  const next = { ...emergency('emergency again', court.now), dayFrom: DAY + 1, dayTo: DAY + 2 };
  court.issue(next);
  court.decide(next, 'judge 2', Decision.approve, 2);
  const chained = court.request(next, [sent]);
  expect(codeOf(() => verifyGate(court.present(chained, [sent]), court.log, court.keeper()))).toBe('order.review_overdue');
});

test('an emergency order that an independent officer confirmed in time goes on', () => {
  const court = new Court();
  const order = liveWarrant({
    kind: 3,
    expires: BigInt(court.now) + 172_800n,
    reviewBy: BigInt(court.now) + 86_400n,
    dayTo: DAY + 1,
    required: [{ role: 2, m: 1 }],
  });
  court.issue(order);
  court.decide(order, 'judge 1', Decision.approve, 2);
  const sent = court.send(DAY);
  court.now += 3600;
  court.decide(order, 'reviewer', Decision.confirmReview, 5);
  court.now += 90_000;
  const index = court.request(order, [sent]);
  expect(codeOf(() => verifyGate(court.present(index, [sent]), court.log, court.keeper()))).toBe('ok');
});

test('an order is overdue until its summary is open and its person told', () => {
  const court = new Court();
  const order = liveWarrant();
  const index = court.issue(order);
  const due = Number(order.notifyBy);
  expect(listOverdue(court.log, due - 1)).toEqual([]);
  expect(listOverdue(court.log, due)).toMatchObject([{ code: 'log.notice_overdue', index, missing: ['summary', 'notice'] }]);

  const summaryIndex = index + 1n;
  const opening = { index: summaryIndex, ...court.secretOf(summaryIndex) };
  court.open(EntryType.opening, 'custodian 1', encode(openingCodec, opening), order.orderId);
  expect(listOverdue(court.log, due)).toMatchObject([{ missing: ['notice'] }]);
  court.commit(EntryType.notice, 'justice', bytesOf('notice'), { handle: order.orderId, noticeBy: order.notifyBy });
  expect(listOverdue(court.log, due)).toEqual([]);
});

/** What a relay, an authority or a drafter may try with entries of the log. */
import { encode, equal } from '@countersign/bytes';
import { expect, test } from 'vitest';
import {
  certBodyCodec,
  commit,
  createDeviceCert,
  createOfficerCert,
  createReceipt,
  Decision,
  deriveSummary,
  EntryType,
  encodeSecretPayload,
  grantCodec,
  isGenerationDestroyed,
  keyId,
  listOverdue,
  logEntryCodec,
  objectHash,
  orderCodec,
  orderHash,
  orderSummaryCodec,
  receiptCodec,
  verifyCovers,
  verifyGate,
} from '../../src/index.ts';
import {
  agencies,
  bytesOf,
  Court,
  codeOf,
  DAY,
  device,
  liveWarrant,
  NOW,
  networkId,
  officerIdOf,
  publicKeyOf,
} from '../court.ts';

const order = liveWarrant();

function approvedCourt(): Court {
  const court = new Court();
  court.issue(order);
  court.decide(order, 'judge 1');
  court.decide(order, 'judge 2');
  return court;
}

test("a certificate that gives a judge's key to somebody else does not silence his refusal", () => {
  const court = approvedCourt();
  const shadow = { networkId, officerId: officerIdOf('shadow'), organisationId: agencies.fr.id, roles: [4], from: 0n, to: 1n };
  const cert = createOfficerCert({ ...shadow, alg: 1, key: publicKeyOf('judge 3') }, bytesOf('justice'));
  court.open(EntryType.cert, 'justice', encode(certBodyCodec, { kind: 2, cert }));
  expect(court.log.officerByKey(keyId(publicKeyOf('judge 3')))?.officerId).toEqual(officerIdOf('judge 3'));
  court.decide(order, 'judge 3', Decision.refuse);
  const sent = court.send(DAY);
  const index = court.request(order, [sent]);
  expect(codeOf(() => verifyGate(court.present(index, [sent]), court.log, court.keeper()))).toBe('authorisation.refused');
});

test("a certificate that gives a device's key to another device does not silence its reports", () => {
  const court = new Court();
  const cert = createDeviceCert(
    {
      networkId,
      accountId: bytesOf('other account', 16),
      deviceId: bytesOf('other device', 16),
      mlsSigKey: publicKeyOf('other mls'),
      envSigKey: publicKeyOf('device env'),
      notBefore: 0n,
      notAfter: 1n,
    },
    bytesOf('registrar'),
  );
  court.open(EntryType.cert, 'registrar', encode(certBodyCodec, { kind: 1, cert }));
  const index = court.commit(EntryType.report, 'device env', bytesOf('report'));
  expect(court.log.entryAt(index)).not.toBeNull();
});

test('a later notice date that no extension set does not hide from the public that a notice is overdue', () => {
  const court = new Court();
  const handle = order.orderId;
  court.commit(EntryType.order, 'judge 1', bytesOf('kept from the public'), { handle, noticeBy: order.notifyBy, withheld: true });
  const receipt = createReceipt(
    {
      orderHash: orderHash(order),
      grantId: bytesOf('grant'),
      agencyId: agencies.de.id,
      indices: [1, 2],
      kCommit: bytesOf('commitment'),
      time: BigInt(NOW),
    },
    bytesOf('reader de'),
  );
  court.commit(EntryType.receipt, 'reader de', encode(receiptCodec, receipt), { handle, noticeBy: 2n ** 60n, withheld: true });
  const [overdue] = listOverdue(court.log, Number(order.notifyBy));
  expect(overdue?.noticeBy).toBe(order.notifyBy);
});

test('a grant, a roster or a summary with a notice date that is not its own opens nothing', () => {
  const dated = approvedCourt();
  const sent = dated.send(DAY);
  const grantIndex = dated.commit(EntryType.grant, 'relay', encode(grantCodec, sent.grant), { noticeBy: order.notifyBy });
  const again = { ...sent, grantIndex };
  const index = dated.request(order, [again]);
  expect(codeOf(() => verifyGate(dated.present(index, [again]), dated.log, dated.keeper()))).toBe('log.notice_mismatch');

  const court = new Court();
  const options = { handle: order.orderId, noticeBy: order.notifyBy };
  court.commit(EntryType.order, 'judge 1', encode(orderCodec, order), options);
  const summary = objectHash(orderSummaryCodec, deriveSummary(order));
  court.commit(EntryType.statement, 'judge 1', summary, { ...options, noticeBy: order.notifyBy + 1n });
  court.decide(order, 'judge 1');
  court.decide(order, 'judge 2');
  const message = court.send(DAY);
  const asked = court.request(order, [message]);
  expect(codeOf(() => verifyGate(court.present(asked, [message]), court.log, court.keeper()))).toBe('log.notice_mismatch');
});

test('an order that somebody guesses right is not recognised in the log', () => {
  const [court, twin] = [new Court(), new Court()];
  twin.commit(EntryType.filler, 'relay', Uint8Array.of(0)); // another salt for what follows
  const entries = [court, twin].map((one) => one.log.entryAt(one.issue(order)));
  const [first, second] = entries.map((entry) => (entry?.form === 1 ? entry.commitment : null));
  const guess = commit(new Uint8Array(32), encodeSecretPayload(EntryType.order, encode(orderCodec, order)));
  expect(first).not.toEqual(guess);
  expect(first).not.toEqual(second);
});

test('a long order and a short one look alike: entries have one length', () => {
  const lengths = [order, { ...order, legalReference: bytesOf('a').slice(0, 1).fill(0x41) }].map((one) => {
    const court = new Court();
    const entry = court.log.entryAt(court.issue(one));
    return entry === null ? 0 : encode(logEntryCodec, entry).length;
  });
  expect(new Set(lengths).size).toBe(1);
});

test('a custody key is gone when too few shares are left, whatever indices somebody states besides', () => {
  expect(isGenerationDestroyed(2, 3, new Set([1]))).toBe(false);
  expect(isGenerationDestroyed(2, 3, new Set([1, 0, 4, 99]))).toBe(false);
  expect(isGenerationDestroyed(2, 3, new Set([1, 3]))).toBe(true);
});

test('a roster of many members and an order of many protected persons are compared in little time', () => {
  const members = Array.from({ length: 30_000 }, (_, leafIndex) => ({
    leafIndex,
    deviceId: leafIndex === 3 ? device.id : idOf(leafIndex),
    accountId: leafIndex === 3 ? device.account : idOf(leafIndex),
  }));
  const excludedAccounts = Array.from({ length: 4_095 }, (_, i) => idOf(1_000_000 + i));
  const { scope } = new Court().send(DAY);
  const start = process.cpuUsage();
  const account = verifyCovers({ ...order, excludedAccounts }, scope, { members }, new Set());
  const { user, system } = process.cpuUsage(start);
  expect(equal(account, device.account)).toBe(true);
  expect((user + system) / 1000).toBeLessThan(2000);
});

function idOf(number: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, number);
  return id;
}

/** What people with power might try with orders, and the code that each attempt ends in. */
import { encode } from '@countersign/bytes';
import { deriveKeyPair } from '@countersign/threshold';
import { expect, test } from 'vitest';
import { Decision, EntryType, type Order, orderCodec, orderHash, verifyGate } from '../../src/index.ts';
import { agencies, bytesOf, Court, codeOf, DAY, device, liveWarrant, NOW, officerIdOf, type Sent } from '../court.ts';
import { passkey, signWithPasskey } from '../passkey.ts';

/** A court with the order issued, approved by two judges, and one message of the day sent. */
function approved(order: Order, judges = ['judge 1', 'judge 2']): { court: Court; sent: Sent } {
  const court = new Court();
  court.issue(order);
  for (const judge of judges) court.decide(order, judge);
  return { court, sent: court.send(DAY) };
}

function gate(court: Court, index: bigint, sent: readonly Sent[], log = court.log): string {
  return codeOf(() => verifyGate(court.present(index, sent), log, court.keeper()));
}

test('order substitution: approvals of one order do not carry another under its id', () => {
  const narrow = liveWarrant({ maxGrants: 1 });
  const wide = liveWarrant({ maxGrants: 10 });
  const court = new Court();
  court.issue(wide);
  court.logDecision(wide, 'judge 1', court.decisionOf(narrow, 'judge 1'));
  court.logDecision(wide, 'judge 2', court.decisionOf(narrow, 'judge 2'));
  const sent = court.send(DAY);
  expect(gate(court, court.request(wide, [sent]), [sent])).toBe('authorisation.order_mismatch');
});

test('order substitution: a second order under the same handle stops both', () => {
  const order = liveWarrant();
  const { court, sent } = approved(order);
  court.issue(liveWarrant({ maxGrants: 100 }), 'judge 3');
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('log.handle_invalid');
});

test('a refusal cannot be left out: the custodian counts its own log, not a list that it is sent', () => {
  const order = liveWarrant();
  const { court, sent } = approved(order);
  court.decide(order, 'judge 3', Decision.refuse);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('authorisation.refused');
});

test('a refusal cannot be kept from the custodian: an entry that he cannot open stops the order', () => {
  const order = liveWarrant();
  const { court, sent } = approved(order);
  const options = { handle: order.orderId, noticeBy: order.notifyBy, withheld: true };
  court.commit(EntryType.authorisation, 'judge 3', bytesOf('a refusal'), options);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('log.opening_missing');
});

test("a foreign country's officers neither authorise nor stop an order", () => {
  const order = liveWarrant();
  const foreign = approved(order, ['judge 1', 'french judge 1', 'french judge 2']);
  expect(gate(foreign.court, foreign.court.request(order, [foreign.sent]), [foreign.sent])).toBe('order.not_authorised');

  const { court, sent } = approved(order);
  court.decide(order, 'french judge 1', Decision.refuse);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('ok');
});

test("a territory cannot be left out: territories come from the custodian's own log", () => {
  const order = liveWarrant({ excludedTerritories: ['FR'] });
  const { court, sent } = approved(order);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('ok');
  court.territory('FR');
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('order.territory_excluded');
});

test('a territory that is kept from the custodian stops every order with excluded territories, and no other', () => {
  const order = liveWarrant({ excludedTerritories: ['FR'] });
  const { court, sent } = approved(order);
  court.territory('FR', true);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('log.opening_missing');
  const plain = approved(liveWarrant());
  plain.court.territory('FR', true);
  expect(gate(plain.court, plain.court.request(liveWarrant(), [plain.sent]), [plain.sent])).toBe('ok');
});

test('an order dated back would read the past', () => {
  const order = liveWarrant({ notBefore: BigInt(NOW - 7200), expires: BigInt(NOW + 864_000) });
  const { court, sent } = approved(order);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('order.backdated');
});

test('one officer counts once, in whatever roles', () => {
  const order = liveWarrant({
    required: [
      { role: 1, m: 2 },
      { role: 2, m: 1 },
    ],
  });
  const { court, sent } = approved(order);
  court.decide(order, 'judge 1', Decision.approve, 2);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('authorisation.duplicate_officer');
});

test("a passkey's assertion is no approval of another order", () => {
  const [first, second] = [liveWarrant(), liveWarrant({ orderId: bytesOf('second order', 16) })];
  const { court, sent } = approved(second, ['judge 1']);
  court.certify('passkey judge', agencies.de.court, [1], { alg: 2, key: passkey });
  const decided = { officerId: officerIdOf('passkey judge'), role: 1, decision: Decision.approve, time: BigInt(NOW) };
  const replayed = { ...signWithPasskey({ ...decided, orderHash: orderHash(first) }), orderHash: orderHash(second) };
  court.logDecision(second, 'justice', replayed);
  expect(gate(court, court.request(second, [sent]), [sent])).toBe('authorisation.signature_invalid');
});

test('a summary that says less than the order stops it', () => {
  const order = liveWarrant();
  const court = new Court();
  const options = { handle: order.orderId, noticeBy: order.notifyBy };
  court.commit(EntryType.order, 'judge 1', encode(orderCodec, order), options);
  court.commit(EntryType.statement, 'judge 1', bytesOf('another summary'), options);
  court.decide(order, 'judge 1');
  court.decide(order, 'judge 2');
  const sent = court.send(DAY);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('order.summary_mismatch');
});

test("an entry that the log hides breaks its actor's chain", () => {
  const order = liveWarrant();
  const { court, sent } = approved(order);
  const hidden = court.request(order, [sent]);
  const options = { handle: order.orderId, noticeBy: order.notifyBy, prevIndex: hidden + 5n };
  const next = court.commit(EntryType.releaseRequest, 'detective', court.secretOf(hidden).payload.subarray(5, 6), options);
  expect(next).toBeGreaterThan(hidden);
  expect(gate(court, hidden, [sent])).toBe('log.chain_broken');
});

test("a drafter cannot put in a reader's key of his own", () => {
  const own = deriveKeyPair(bytesOf('drafter')).publicKey;
  const [reader] = liveWarrant().readers;
  if (reader === undefined) throw new RangeError('no reader');
  const order = liveWarrant({ readers: [{ ...reader, readerHpkeKey: own }] });
  const { court, sent } = approved(order);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('order.readers_invalid');
});

test('an officer of another agency asks for nothing under the order', () => {
  const order = liveWarrant();
  const { court, sent } = approved(order);
  const index = court.request(order, [sent], {}, 'french detective');
  expect(gate(court, index, [sent])).toBe('request.officer_invalid');
});

test('a gateway asks by itself under a live order only', () => {
  const live = approved(liveWarrant());
  expect(gate(live.court, live.court.request(liveWarrant(), [live.sent], {}, 'reader de'), [live.sent])).toBe('ok');
  const past = liveWarrant({ mode: 1, dayFrom: DAY - 5, dayTo: DAY });
  const { court } = approved(past);
  const sent = court.send(DAY - 1, 8n);
  expect(gate(court, court.request(past, [sent], {}, 'reader de'), [sent])).toBe('request.officer_invalid');
  expect(gate(court, court.request(past, [sent]), [sent])).toBe('ok');
});

test('max_grants is counted over the log: asking again and again does not widen an order', () => {
  const order = liveWarrant({ maxGrants: 1 });
  const { court, sent } = approved(order);
  court.request(order, [sent]);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('ok');
  const more = court.send(DAY, 8n);
  expect(gate(court, court.request(order, [more]), [more])).toBe('order.max_grants');
});

test('a grant that was not logged, or whose roster is missing or doubled, opens nothing', () => {
  const order = liveWarrant();
  const { court, sent } = approved(order);
  const index = court.request(order, [sent]);
  const presented = court.present(index, [sent]);
  expect(codeOf(() => verifyGate({ ...presented, grants: [] }, court.log, court.keeper()))).toBe('grant.not_logged');
  expect(codeOf(() => verifyGate({ ...presented, rosters: [] }, court.log, court.keeper()))).toBe('roster.invalid');
  court.send(DAY);
  expect(gate(court, index, [sent])).toBe('roster.invalid');
});

test('a stale, forked or unwitnessed checkpoint opens nothing', () => {
  const order = liveWarrant();
  const { court, sent } = approved(order);
  const index = court.request(order, [sent]);
  const presented = court.present(index, [sent]);
  expect(codeOf(() => verifyGate({ ...presented, checkpoint: court.checkpoint(['w1']) }, court.log, court.keeper()))).toBe(
    'log.not_witnessed',
  );
  const behind = new Court();
  expect(codeOf(() => verifyGate(presented, behind.log, court.keeper()))).toBe('log.stale');
  const forked = approved(liveWarrant({ maxGrants: 99 }));
  forked.court.request(order, [forked.sent]);
  expect(codeOf(() => verifyGate(presented, forked.court.log, court.keeper()))).toBe('log.inconsistent');
});

test('a share of another generation, or a request of long ago, is not used', () => {
  const order = liveWarrant();
  const { court, sent } = approved(order);
  const presented = court.present(court.request(order, [sent]), [sent]);
  const moved = court.keeper({ shareGenOf: () => 2 });
  expect(codeOf(() => verifyGate(presented, court.log, moved))).toBe('release.share_gen_mismatch');
  const old = court.request(order, [sent], { time: BigInt(court.now - 7200) });
  expect(gate(court, old, [sent])).toBe('request.time_invalid');
});

test('a protected person shields the scope', () => {
  const order = liveWarrant({ excludedAccounts: [device.account] });
  const { court, sent } = approved(order);
  expect(gate(court, court.request(order, [sent]), [sent])).toBe('order.account_excluded');
});

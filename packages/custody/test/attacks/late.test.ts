/** Too late, no longer, or not by the right hand: people who were entitled once, or to something else. */
import { encode } from '@countersign/bytes';
import { expect, test } from 'vitest';
import {
  CertKind,
  certRevocationCodec,
  createCertRevocation,
  createDeviceTerritory,
  custodyKeyCodec,
  Decision,
  deviceTerritoryCodec,
  EntryType,
  verifyGate,
} from '../../src/index.ts';
import {
  agencies,
  bytesOf,
  Court,
  codeOf,
  custodyKey,
  DAY,
  device,
  liveWarrant,
  networkId,
  officerIdOf,
  publicKeyOf,
} from '../court.ts';

function gate(court: Court, index: bigint, sent: ReturnType<Court['send']>): string {
  return codeOf(() => verifyGate(court.present(index, [sent]), court.log, court.keeper()));
}

function revokeOfficer(court: Court, name: string, authority: string): void {
  const from = BigInt(court.now);
  const revocation = createCertRevocation(
    { networkId, kind: CertKind.officer, id: officerIdOf(name), from, reason: 1 },
    bytesOf(authority),
  );
  court.open(EntryType.certRevoked, authority, encode(certRevocationCodec, revocation));
}

function emergencyCourt() {
  const court = new Court();
  court.certify('double', agencies.de.court, [2, 5], { alg: 1, key: publicKeyOf('double') });
  const now = BigInt(court.now);
  const order = liveWarrant({
    kind: 3,
    expires: now + 172_800n,
    reviewBy: now + 86_400n,
    dayTo: DAY + 1,
    required: [{ role: 2, m: 1 }],
  });
  court.issue(order);
  return { court, order, sent: court.send(DAY) };
}

test('a review after its date revives no emergency order', () => {
  const { court, order, sent } = emergencyCourt();
  court.decide(order, 'judge 1', Decision.approve, 2);
  court.now += 90_000;
  court.decide(order, 'reviewer', Decision.confirmReview, 5);
  expect(gate(court, court.request(order, [sent]), sent)).toBe('order.review_overdue');
});

test('a review that its signer dates back is judged by the hour of its entry', () => {
  const { court, order, sent } = emergencyCourt();
  court.decide(order, 'judge 1', Decision.approve, 2);
  court.now += 3600;
  const review = court.decisionOf(order, 'reviewer', Decision.confirmReview, 5);
  court.now += 90_000;
  court.logDecision(order, 'reviewer', review, EntryType.review);
  expect(gate(court, court.request(order, [sent]), sent)).toBe('order.review_overdue');
});

test('nobody confirms what he approved himself', () => {
  const { court, order, sent } = emergencyCourt();
  court.decide(order, 'double', Decision.approve, 2);
  court.now += 3600;
  court.decide(order, 'double', Decision.confirmReview, 5);
  court.now += 90_000;
  expect(gate(court, court.request(order, [sent]), sent)).toBe('order.review_overdue');
});

test('a gateway, or an officer, that was revoked gets nothing', () => {
  const order = liveWarrant();
  const approved = () => {
    const court = new Court();
    court.issue(order);
    court.decide(order, 'judge 1');
    court.decide(order, 'judge 2');
    const sent = court.send(DAY);
    return { court, sent, index: court.request(order, [sent]) };
  };
  const gateway = approved();
  revokeOfficer(gateway.court, 'reader de', 'gateways');
  expect(gate(gateway.court, gateway.index, gateway.sent)).toBe('order.readers_invalid');
  const officer = approved();
  officer.court.now += 1;
  revokeOfficer(officer.court, 'detective', 'justice');
  expect(gate(officer.court, officer.index, officer.sent)).toBe('request.officer_invalid');
  const judge = approved();
  revokeOfficer(judge.court, 'judge 1', 'justice');
  expect(gate(judge.court, judge.index, judge.sent)).toBe('authorisation.officer_expired');
});

test('an old custody key, logged again, takes the place of no newer one', () => {
  const court = new Court();
  const again = court.open(EntryType.custodyKey, 'relay', encode(custodyKeyCodec, custodyKey));
  expect(court.log.entryAt(again)).toBeNull();
});

test('a territory counts only if the registrar who stated it logged it', () => {
  const court = new Court();
  const statement = createDeviceTerritory(
    { networkId, deviceId: device.id, territory: 'FR', dayFrom: DAY, dayTo: DAY, issued: 1n },
    bytesOf('registrar'),
  );
  court.commit(EntryType.territory, 'justice', encode(deviceTerritoryCodec, statement));
  expect([...court.log.territoriesOf(device.id, DAY)]).toEqual(['DE']);
});

/** What a copy of the log believes, and what it treats as absent. */
import { encode } from '@countersign/bytes';
import { EMPTY_ROOT, entryHash, merkleRoot } from '@countersign/tlog';
import { expect, test } from 'vitest';
import {
  CertKind,
  certBodyCodec,
  certRevocationCodec,
  createCertRevocation,
  createOfficerCert,
  createSealedOpening,
  EntryType,
  hasRoleInHour,
  hourOf,
  isDeviceValidOnDay,
  LogDirectory,
  logEntryCodec,
  openingCodec,
  openSealedOpening,
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
  randomOf,
} from '../court.ts';

test('the root of every size is that of the entries', () => {
  const court = new Court();
  const hashes: Uint8Array[] = [];
  for (let i = 0n; i < BigInt(court.log.size); i++) {
    const entry = court.log.entryAt(i);
    if (entry !== null) hashes.push(entryHash(encode(logEntryCodec, entry)));
    expect(court.log.rootAt(hashes.length)).toEqual(merkleRoot(hashes));
  }
  expect(court.log.rootAt(0)).toEqual(EMPTY_ROOT);
});

test('bytes that are no entry keep their place and count for nothing', () => {
  const court = new Court();
  const size = court.log.size;
  expect(court.write(bytesOf('noise'))).toBeNull();
  expect(court.log.size).toBe(size + 1);
  expect(court.log.entryAt(BigInt(size))).toBeNull();
});

test('nobody but the registrar places a device, and nobody but his authority makes an officer', () => {
  const court = new Court();
  const officer = { networkId, officerId: officerIdOf('impostor'), organisationId: agencies.de.court, roles: [1] };
  const key = { alg: 1 as const, key: publicKeyOf('impostor'), from: 0n, to: 2n ** 40n };
  const forged = createOfficerCert({ ...officer, ...key }, bytesOf('impostor'));
  court.open(EntryType.cert, 'justice', encode(certBodyCodec, { kind: 2, cert: forged }));
  const true_ = createOfficerCert({ ...officer, ...key }, bytesOf('justice'));
  court.open(EntryType.cert, 'registrar', encode(certBodyCodec, { kind: 2, cert: true_ }));
  expect(court.log.officers(officer.officerId)).toBeNull();
  court.open(EntryType.cert, 'justice', encode(certBodyCodec, { kind: 2, cert: true_ }));
  expect(court.log.officers(officer.officerId)).not.toBeNull();
});

test('an officer keeps the key and the organisation of his first certificate', () => {
  const court = new Court();
  court.certify('judge 1', agencies.fr.court, [1], { alg: 1, key: publicKeyOf('judge 1') });
  court.certify('judge 1', agencies.de.court, [1], { alg: 1, key: publicKeyOf('thief') });
  const judge = court.log.officers(officerIdOf('judge 1'));
  expect(judge?.organisationId).toEqual(agencies.de.court);
  expect(judge?.key).toEqual({ alg: 1, key: publicKeyOf('judge 1') });
  expect(judge?.terms).toHaveLength(1);
});

test('a revoked officer logs and counts no more from the next hour on', () => {
  const court = new Court();
  const revoke = (kind: CertKind, id: Uint8Array, authority: string) => {
    const revocation = createCertRevocation({ networkId, kind, id, from: BigInt(NOW), reason: 1 }, bytesOf(authority));
    court.open(EntryType.certRevoked, authority, encode(certRevocationCodec, revocation));
  };
  const judge = () => court.log.officers(officerIdOf('judge 1'));
  revoke(CertKind.officer, officerIdOf('judge 1'), 'registrar');
  expect(judge()?.revokedFrom).toBeNull();
  revoke(CertKind.officer, officerIdOf('judge 1'), 'justice');
  expect(judge()?.revokedFrom).toBe(BigInt(NOW));
  const officer = judge();
  if (officer === null) throw new RangeError('no officer');
  expect([hasRoleInHour(officer, 1, hourOf(NOW) - 1), hasRoleInHour(officer, 1, hourOf(NOW))]).toEqual([true, false]);
  court.issue(liveWarrant(), 'judge 1');
  expect(court.log.orders()).toHaveLength(0);

  revoke(CertKind.device, device.id, 'registrar');
  const sender = court.log.devices(device.id);
  if (sender === null) throw new RangeError('no device');
  expect([isDeviceValidOnDay(sender, DAY), isDeviceValidOnDay(sender, DAY + 1)]).toEqual([true, false]);
});

test('an entry is opened by its actor, a custodian or oversight, and only under its own handle', () => {
  const court = new Court();
  const order = liveWarrant();
  const index = court.issue(order);
  const opening = encode(openingCodec, { index, ...court.secretOf(index) });
  const size = () => court.log.entriesWith(order.orderId).length;
  const before = size();
  court.open(EntryType.opening, 'detective', opening, order.orderId);
  court.open(EntryType.opening, 'custodian 1', opening, bytesOf('elsewhere', 16));
  expect(size()).toBe(before);
  court.open(EntryType.opening, 'judge 1', opening, order.orderId);
  court.open(EntryType.opening, 'custodian 1', opening, order.orderId);
  court.open(EntryType.opening, 'justice', opening, order.orderId);
  expect(size()).toBe(before + 3);
});

test('a sealed opening reaches its custodian alone, and only what opens the entry is taken in', () => {
  const court = new Court();
  const order = liveWarrant();
  const index = court.issue(order);
  const gateway = agencies.de.gateway;
  const sealed = createSealedOpening(index, court.secretOf(index), gateway.publicKey, randomOf('opening'));
  expect(openSealedOpening(sealed, gateway.secretKey)).toEqual({ index, ...court.secretOf(index) });
  expect(codeOf(() => openSealedOpening(sealed, agencies.fr.gateway.secretKey))).toBe('log.opening_missing');
  expect(codeOf(() => openSealedOpening({ ...sealed, index: index + 1n }, gateway.secretKey))).toBe('log.opening_missing');
  const other = court.secretOf(index + 1n);
  expect(codeOf(() => court.log.addSecret(index, other))).toBe('log.commitment_mismatch');
  const source = { entry: () => new Uint8Array(0), rootAt: () => EMPTY_ROOT };
  const empty = new LogDirectory({ networkId, rootKey: publicKeyOf('root') }, source);
  expect(codeOf(() => empty.profile)).toBe('profile.invalid');
});

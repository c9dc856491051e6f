/** An officer with a passkey: his assertion counts as a signature only for this order, on this page, seen and verified. */
import { encode } from '@countersign/bytes';
import { expect, test } from 'vitest';
import {
  type Authorisation,
  authorisationCodec,
  countAuthorisations,
  Decision,
  decodeAuthorisations,
  type Officer,
  officersById,
  orderHash,
  verifyGate,
} from '../../src/index.ts';
import { agencies, bytesOf, Court, codeOf, DAY, liveWarrant, NOW, officerIdOf } from '../court.ts';
import { type AssertionChanges, passkey, signWithPasskey } from '../passkey.ts';

const order = liveWarrant({ required: [{ role: 1, m: 1 }] });
const hash = orderHash(order);
const judge: Officer = {
  officerId: officerIdOf('passkey judge'),
  organisationId: agencies.de.court,
  key: { alg: 2, key: passkey },
  terms: [{ roles: [1], from: 0n, to: 2n ** 40n }],
  revokedFrom: null,
};
const decided = { orderHash: hash, officerId: judge.officerId, role: 1, decision: Decision.approve, time: BigInt(NOW) };

function count(authorisation: Authorisation): string {
  const items = decodeAuthorisations([encode(authorisationCodec, authorisation)]);
  return codeOf(() => countAuthorisations(order, hash, items, officersById([judge])));
}

test('a passkey approves an order', () => {
  expect(count(signWithPasskey(decided))).toBe('ok');
});

const refused: readonly [string, AssertionChanges][] = [
  ['without user presence', { flags: 0x04 }],
  ['without user verification', { flags: 0x01 }],
  ['for another relying party', { rpId: 'court.example.org' }],
  ['on a page of another origin', { clientData: { origin: 'https://court.example.org' } }],
  ['in a frame of another site', { clientData: { crossOrigin: true } }],
  ['at registration', { clientData: { type: 'webauthn.create' } }],
  ['for another challenge', { clientData: { challenge: 'AAAA' } }],
  ['with bytes that no flag announces', { rest: Uint8Array.of(1) }],
  ['by an authenticator of another model', { flags: 0x45, rest: bytesOf('other model', 16) }],
];
for (const [name, changes] of refused)
  test(`an assertion ${name} is refused`, () => {
    expect(count(signWithPasskey(decided, changes))).toBe('authorisation.signature_invalid');
  });

test('an assertion that repeats the certified model is taken', () => {
  expect(count(signWithPasskey(decided, { flags: 0x45, rest: passkey.aaguid }))).toBe('ok');
});

test('an origin that is no text is nobody`s: a page that states none does not match it', () => {
  const certified: Officer = { ...judge, key: { alg: 2, key: { ...passkey, origin: Uint8Array.of(0xff) } } };
  const items = decodeAuthorisations([encode(authorisationCodec, signWithPasskey(decided, { clientData: { origin: null } }))]);
  const code = codeOf(() => countAuthorisations(order, hash, items, officersById([certified])));
  expect(code).toBe('authorisation.signature_invalid');
});

test('a key of one kind gives no signature of the other', () => {
  const ed25519: Authorisation = { ...decided, alg: 1, signature: new Uint8Array(64) };
  expect(count(ed25519)).toBe('authorisation.signature_invalid');
});

test('a passkey judge and a judge with a key file carry a warrant through the gate; the court logs for the first', () => {
  const court = new Court();
  court.certify('passkey judge', agencies.de.court, [1], { alg: 2, key: passkey });
  const warrant = liveWarrant();
  court.issue(warrant);
  court.logDecision(warrant, 'justice', signWithPasskey({ ...decided, orderHash: orderHash(warrant) }));
  court.decide(warrant, 'judge 2');
  const sent = court.send(DAY);
  const index = court.request(warrant, [sent]);
  expect(codeOf(() => verifyGate(court.present(index, [sent]), court.log, court.keeper()))).toBe('ok');
});

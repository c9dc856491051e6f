/** Stories: two members enrol, talk, and get what the protocol promises them with each message. */
import { decode, encode, equal } from '@countersign/bytes';
import {
  dayOf,
  deliveryCodec,
  deviceCertCodec,
  envelopeBatchCodec,
  envelopeCodec,
  parseEnvelope,
  relayStampCodec,
  rosterCodec,
  verifyBatchPromise,
  verifyOpening,
  verifyRelayStamp,
  verifyRosterEqualsMls,
} from '@countersign/custody';
import type { deliveryFrames as frames } from '@countersign/wire';
import { beforeAll, expect, test } from 'vitest';
import { Member, type Sealed } from '../support/member.ts';
import { keyOf, TestNetwork, until } from '../support/network.ts';

let network: TestNetwork;
let alice: Member;
let bob: Member;

beforeAll(async () => {
  network = await TestNetwork.start();
  alice = await Member.enrolled(network, 'alice');
  bob = await Member.enrolled(network, 'Bob');
  await alice.drain();
  await bob.drain();
  await bob.publishKeyPackages(5);
  await alice.createGroup(1);
  await alice.add(bob);
  await bob.join();
  return () => network.stop();
});

test('a message is stamped, pushed, and its batch is in the log', async () => {
  const before = bob.messages().length;
  const { stamp } = await alice.say('see you at noon');
  await until(() => bob.messages().length > before);
  const item = bob.messages()[before];
  expect(item?.stamp).toEqual(stamp);
  const { envelope, mlsMessage } = decode(deliveryCodec, item?.delivery as Uint8Array);
  const { envHash } = parseEnvelope(encode(envelopeCodec, envelope));
  const relayKeys = [keyOf('relay delivery-0')];
  const proven = verifyRelayStamp(stamp, { relayKeys, envHash, day: dayOf(alice.now()), skewS: 600 });
  const proof = item?.batch as frames.BatchProof;
  const { entry, salt, payload, leafIndex, path } = proof;
  const { body } = verifyOpening(entry, relayKeys[0] as Uint8Array, { salt, payload });
  verifyBatchPromise(decode(envelopeBatchCodec, body), proven, leafIndex, path);
  const { plaintext } = await bob.group.decrypt(mlsMessage);
  expect(equal(plaintext.subarray(32), envHash)).toBe(true);
});

test('the roster that is shown is the one of MLS', async () => {
  const [commit] = alice.items.filter(({ item }) => item.case === 'commit');
  expect(commit?.item.case).toBe('commit');
  if (commit?.item.case !== 'commit') return;
  const roster = decode(rosterCodec, commit.item.value.roster?.roster as Uint8Array);
  const mls = alice.group.roster();
  const members = mls.members.map(({ leafIndex, identity }) => {
    const { deviceId, accountId } = decode(deviceCertCodec, identity);
    return { leafIndex, deviceId, accountId };
  });
  verifyRosterEqualsMls(roster, { ...mls, members });
});

test('what was drained and acknowledged does not come again', async () => {
  await alice.say('one');
  await until(() => bob.items.length >= 3);
  const last = bob.items.at(-1)?.sequence as bigint;
  await bob.ack(last);
  expect(await bob.drain()).toEqual([]);
});

test('the same envelope again gets the same stamp and comes once', async () => {
  const sealed = await alice.seal('twice');
  const first = await alice.submit(sealed);
  const count = bob.messages().length;
  const again = await alice.submit(sealed);
  expect(again.stamp).toEqual(first.stamp);
  await alice.say('after it');
  await until(() => bob.messages().length > count);
  expect(decode(relayStampCodec, first.stamp).batch).toBeGreaterThan(0n);
});

test('many messages at once keep their order', async () => {
  const from = bob.messages().length;
  const sealed: Sealed[] = [];
  for (let i = 0; i < 200; i++) sealed.push(await alice.seal(`message ${i}`));
  await Promise.all(sealed.map((one) => alice.submit(one)));
  await until(() => bob.messages().length === from + 200);
  const ids = bob
    .messages()
    .slice(from)
    .map(({ delivery }) => decode(deliveryCodec, delivery).envelope.hdr.msgId);
  expect(ids.every((id, i) => equal(id, sealed[i]?.msgId as Uint8Array))).toBe(true);
});

/** A message's way: sealed, accepted by the relay, stamped, listed in a batch, opened by members and by a reader. */
import { encode, toHex } from '@countersign/bytes';
import { entryHash } from '@countersign/tlog';
import { describe, expect, test } from 'vitest';
import {
  advanceDayRoot,
  CHAIN_START,
  type ChainState,
  createEnvelopeBatch,
  createRelayStamp,
  decodeContent,
  deriveDayRoot,
  openEnvelopeAsReader,
  openEnvelopeAsRecipient,
  parseEnvelope,
  relayStampCodec,
  verifyBatchList,
  verifyBatchPromise,
  verifyDelivery,
  verifyGrant,
  verifyRelayStamp,
} from '../../src/index.ts';
import {
  bytesOf,
  codeOf,
  created,
  DAY,
  expectations,
  grantBytes,
  hello,
  mlsOf,
  NOON_MS,
  opening,
  relayFacts,
  relayKey,
  relaySeed,
  roster,
  SKEW_S,
  scope,
  seal,
} from '../messenger.ts';

const DAY_START_MS = 1000n * 86_400n * BigInt(DAY);
const SKEW_MS = 1000n * BigInt(SKEW_S);

test('three messages reach recipient and reader alike, each with the chain`s new state', () => {
  const names = ['first', 'second', 'third'];
  let sender: ChainState = CHAIN_START;
  let recipient: ChainState = CHAIN_START;
  let reader: ChainState = CHAIN_START;
  for (const name of names) {
    const sealed = seal(name, sender);
    sender = sealed.chain;
    const forMember = openEnvelopeAsRecipient(sealed.bytes, opening(recipient), mlsOf(sealed));
    const forReader = openEnvelopeAsReader(sealed.bytes, opening(reader));
    expect(decodeContent(forMember.content)).toEqual(hello);
    expect(forReader.content).toEqual(forMember.content);
    recipient = forMember.next;
    reader = forReader.next;
  }
  expect(recipient).toEqual(sender);
  expect(reader).toEqual(sender);
  expect(sender.lastSeq).toBe(3);
});

test('the relay verifies a grant once and accepts the next message by what it verified', () => {
  const first = seal('first');
  const { grant, next } = verifyDelivery(parseEnvelope(first.bytes), relayFacts(first));
  expect(toHex(grant.grantId)).toBe(toHex(created.grantId));
  const second = seal('second', first.chain);
  const facts = relayFacts(second, { grant, chain: next });
  expect(verifyDelivery(parseEnvelope(second.bytes), facts).next).toEqual(second.chain);
});

test('a stamp promises a batch, and the batch lists the envelope', () => {
  const envHashes = ['first', 'second', 'third'].map((name) => seal(name).envHash);
  const batch = createEnvelopeBatch(9n, envHashes);
  verifyBatchList(batch, envHashes);
  envHashes.forEach((envHash, i) => {
    const stamp = createRelayStamp({ envHash, recvMs: NOON_MS, batch: 9n }, relaySeed);
    const bytes = encode(relayStampCodec, stamp);
    expect(verifyRelayStamp(bytes, { relayKeys: [bytesOf('old key'), relayKey], envHash, day: DAY, skewS: SKEW_S })).toEqual(
      stamp,
    );
    const leaves = envHashes.map(entryHash);
    const path =
      i === 2 ? [createEnvelopeBatch(0n, envHashes.slice(0, 2)).root] : [leaves[1 - i] as Uint8Array, leaves[2] as Uint8Array];
    verifyBatchPromise(batch, stamp, i, path);
  });
});

test('day roots advance one way, in one step or many', () => {
  const zero = 20_000;
  const direct = deriveDayRoot(bytesOf('custody root'), zero, DAY);
  const stepwise = advanceDayRoot(deriveDayRoot(bytesOf('custody root'), zero, DAY - 3), zero, DAY);
  expect(stepwise).toEqual(direct);
  expect(codeOf(() => advanceDayRoot(direct, zero, DAY - 1))).toBe('day.out_of_range');
});

describe('the relay refuses, in this order', () => {
  const sealed = seal('first');
  const envelope = parseEnvelope(sealed.bytes);
  const verified = verifyGrant(grantBytes, expectations);
  const stranger = bytesOf('stranger', 16);
  // Each row has the faults of all rows below it, so a check that moved would show.
  const faults = [
    ['relay.device_mismatch', { sessionDevice: stranger }],
    ['grant.network_mismatch', { grantExpectations: { ...expectations, networkId: stranger } }],
    ['grant.not_logged', { isAppended: () => false }],
    ['relay.epoch_stale', { epoch: { current: scope.epoch + 2n, sinceMs: 0n, hasDevice: () => true } }],
    ['relay.day_mismatch', { recvMs: DAY_START_MS - SKEW_MS - 1n }],
    ['envelope.replayed', { isSeen: () => true }],
    ['envelope.seq_invalid', { chain: { lastSeq: 1, lastHash: bytesOf('another chain') } }],
    ['envelope.prev_mismatch', { chain: { lastSeq: 0, lastHash: bytesOf('another chain') } }],
    ['relay.mls_mismatch', { mls: { groupId: scope.groupId, epoch: 8n, authenticatedData: sealed.envHash } }],
  ] as const;

  test.each(faults.map(([code], i) => [code, i] as const))('%s', (code, i) => {
    const changes = Object.assign(
      {},
      ...faults
        .slice(i)
        .map(([, change]) => change)
        .reverse(),
    );
    expect(codeOf(() => verifyDelivery(envelope, relayFacts(sealed, changes)))).toBe(code);
  });

  test('a device that the roster has at another leaf, or not at all', () => {
    const elsewhere = { ...roster, members: roster.members.map((member) => ({ ...member, leafIndex: member.leafIndex + 1 })) };
    for (const rosterOf of [
      () => null,
      () => elsewhere,
      () => ({ ...roster, epoch: 8n }),
      () => ({ ...roster, groupId: bytesOf('g', 16) }),
    ])
      expect(codeOf(() => verifyDelivery(envelope, relayFacts(sealed, { rosterOf })))).toBe('relay.device_mismatch');
  });

  test('an envelope of another grant', () => {
    const facts = relayFacts(sealed, { grant: { ...verified, grantId: bytesOf('another grant') } });
    expect(codeOf(() => verifyDelivery(envelope, facts))).toBe('envelope.grant_mismatch');
  });

  test('the last epoch after its grace, and at once for a removed device', () => {
    const epoch = { current: scope.epoch + 1n, sinceMs: NOON_MS - 300_000n, hasDevice: () => true };
    const accept = (change: object) =>
      codeOf(() => verifyDelivery(envelope, relayFacts(sealed, { epoch: { ...epoch, ...change } })));
    expect(accept({})).toBe('ok');
    expect(accept({ sinceMs: epoch.sinceMs - 1n })).toBe('relay.epoch_stale');
    expect(accept({ hasDevice: () => false })).toBe('relay.epoch_stale');
    expect(accept({ current: scope.epoch - 1n })).toBe('relay.epoch_stale');
  });

  test('what is received outside the day and its tolerance', () => {
    const accept = (recvMs: bigint) => codeOf(() => verifyDelivery(envelope, relayFacts(sealed, { recvMs })));
    expect(accept(DAY_START_MS - SKEW_MS)).toBe('ok');
    expect(accept(DAY_START_MS + 86_400_000n + SKEW_MS - 1n)).toBe('ok');
    expect(accept(DAY_START_MS + 86_400_000n + SKEW_MS)).toBe('relay.day_mismatch');
  });
});

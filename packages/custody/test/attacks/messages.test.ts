/** Attacks on grants, envelopes and stamps, each by somebody who holds real keys of the network. */
import { concat, decode, encode } from '@countersign/bytes';
import { crypto, labelledSign } from '@countersign/crypto';
import { createScopeProof } from '@countersign/threshold';
import { expect, test } from 'vitest';
import { deriveContentKey, headerHash, sealPadded, sealWrap } from '../../src/envelope-keys.ts';
import {
  CHAIN_START,
  createEnvelopeBatch,
  createGrant,
  createRelayStamp,
  deriveDayRoot,
  deriveEnvHash,
  deriveScope,
  type EnvelopeHeader,
  envelopeCodec,
  envelopeHeaderCodec,
  type Grant,
  type GrantHead,
  grantCodec,
  grantHeadCodec,
  grantId,
  openEnvelopeAsReader,
  openEnvelopeAsRecipient,
  pad,
  parseEnvelope,
  relayStampCodec,
  verifyBatchList,
  verifyBatchPromise,
  verifyDelivery,
  verifyGrant,
  verifyGrantAsRecipient,
  verifyRelayStamp,
} from '../../src/index.ts';
import {
  bytesOf,
  codeOf,
  created,
  DAY,
  dayRoot,
  envSigKey,
  envSigSeed,
  expectations,
  grantBytes,
  mlsOf,
  NOON_MS,
  opening,
  relayFacts,
  relayKey,
  relaySeed,
  SKEW_S,
  scope,
  seal,
  Y,
} from '../messenger.ts';

/** A grant with any head and proof, properly signed. */
function signedGrant(parts: Pick<Grant, 'head' | 'proof'>, seed = envSigSeed): Uint8Array {
  const sig = labelledSign(seed, 'AC1 grant sig', grantId(parts));
  return encode(grantCodec, { ...parts, sig });
}

interface Forgery {
  cek: Uint8Array;
  kcOf?: Uint8Array;
  wrapOf?: Uint8Array;
  ct?: Uint8Array;
  K?: Uint8Array;
}

/** An envelope by a dishonest sender: kc, wrap and ciphertext may belong to different content keys. */
function forge({ cek, kcOf = cek, wrapOf = cek, ct, K = created.K }: Forgery) {
  const hdr: EnvelopeHeader = {
    msgId: bytesOf('forged', 16),
    grantId: created.grantId,
    seq: 1,
    prev: CHAIN_START.lastHash,
    sentMs: NOON_MS,
  };
  const hdrBytes = encode(envelopeHeaderCodec, hdr);
  const hh = headerHash(hdrBytes);
  const { kc } = deriveContentKey(kcOf, hh);
  const sealed = ct ?? sealPadded(deriveContentKey(cek, hh).contentKey, hdrBytes, pad(bytesOf('text')));
  const wrap = sealWrap(K, hh, hdrBytes, kc, wrapOf);
  const envHash = deriveEnvHash(hdrBytes, kc, crypto.sha256(sealed), crypto.sha256(wrap));
  const sig = labelledSign(envSigSeed, 'AC1 envelope sig', envHash);
  const bytes = encode(envelopeCodec, { hdr, kc, wrap, ct: sealed, sig });
  return { bytes, mls: { authenticatedData: envHash, payload: concat(cek, envHash) } };
}

test('re-scoped grant: a submitter puts a victim`s enc under a scope that an order covers', () => {
  const victim = created.grant;
  const covered = { ...scope, deviceId: bytesOf('suspect', 16), groupId: bytesOf('suspects', 16) };
  const submitterSeed = bytesOf('submitter');
  const submitter = { ...expectations, envSigKeyOf: () => crypto.ed25519PublicKey(submitterSeed) };
  const head: GrantHead = { ...victim.head, scope: covered };

  const withVictimsProof = signedGrant({ head, proof: victim.proof }, submitterSeed);
  expect(codeOf(() => verifyGrant(withVictimsProof, submitter))).toBe('grant.proof_invalid');

  const withProofOfAnotherExponent = createScopeProof(bytesOf('e of the submitter'), encode(grantHeadCodec, head));
  const withOwnProof = signedGrant({ head, proof: withProofOfAnotherExponent }, submitterSeed);
  expect(codeOf(() => verifyGrant(withOwnProof, submitter))).toBe('grant.proof_invalid');
});

test('wrong key: a sender grants custody a key that the group does not derive', () => {
  const foreign = createGrant(scope, Y, { dayRoot: bytesOf('another root'), envSigSeed });
  const verified = verifyGrant(encode(grantCodec, foreign.grant), expectations); // valid for everybody who cannot derive
  expect(codeOf(() => verifyGrantAsRecipient(verified, dayRoot))).toBe('grant.enc_mismatch');
});

test('wrong commitment: a sender commits to another key under a valid proof', () => {
  const head: GrantHead = { ...created.grant.head, kCommit: bytesOf('another commitment') };
  const e = deriveExponent();
  const verified = verifyGrant(signedGrant({ head, proof: createScopeProof(e, encode(grantHeadCodec, head)) }), expectations);
  expect(codeOf(() => verifyGrantAsRecipient(verified, dayRoot))).toBe('grant.commit_mismatch');
});

test('wrong wrap: a sender wraps noise, so that custody would read nothing', () => {
  const { bytes, mls } = forge({ cek: bytesOf('cek'), wrapOf: bytesOf('noise') });
  expect(codeOf(() => openEnvelopeAsRecipient(bytes, opening(), mls))).toBe('envelope.wrap_mismatch');
  expect(codeOf(() => openEnvelopeAsReader(bytes, opening()))).toBe('envelope.kc_mismatch');
});

test('wrong wrap: a sender wraps under a key that is not the grant`s', () => {
  const { bytes, mls } = forge({ cek: bytesOf('cek'), K: bytesOf('another K') });
  expect(codeOf(() => openEnvelopeAsRecipient(bytes, opening(), mls))).toBe('envelope.wrap_invalid');
  expect(codeOf(() => openEnvelopeAsReader(bytes, opening()))).toBe('envelope.wrap_invalid');
});

test('two-plaintext ciphertext: members and custody are given different content keys', () => {
  // GCM does not commit to its key, so a ciphertext that opens under both keys exists; kc must tell them apart before it is opened.
  const [forMembers, forCustody] = [bytesOf('members'), bytesOf('custody')];
  const ct = bytesOf('a ciphertext for both', 272);
  const committedToMembers = forge({ cek: forMembers, wrapOf: forCustody, ct });
  expect(codeOf(() => openEnvelopeAsRecipient(committedToMembers.bytes, opening(), committedToMembers.mls))).toBe(
    'envelope.wrap_mismatch',
  );
  expect(codeOf(() => openEnvelopeAsReader(committedToMembers.bytes, opening()))).toBe('envelope.kc_mismatch');

  const committedToCustody = forge({ cek: forMembers, kcOf: forCustody, ct });
  expect(codeOf(() => openEnvelopeAsRecipient(committedToCustody.bytes, opening(), committedToCustody.mls))).toBe(
    'envelope.kc_mismatch',
  );
});

test('replay: an envelope or its msg_id is delivered again', () => {
  const first = seal('first');
  const seen = { ...opening(), isSeen: (id: Uint8Array) => Buffer.from(id).equals(bytesOf('first', 16)) };
  expect(codeOf(() => openEnvelopeAsReader(first.bytes, seen))).toBe('envelope.replayed');

  const sameIdAgain = seal('first', first.chain);
  expect(codeOf(() => openEnvelopeAsReader(sameIdAgain.bytes, { ...seen, chain: first.chain }))).toBe('envelope.replayed');
  const facts = relayFacts(first, { isSeen: seen.isSeen });
  expect(codeOf(() => verifyDelivery(parseEnvelope(first.bytes), facts))).toBe('envelope.replayed');
});

test('back-dated day: a sender uses the key of a day that no order covers', () => {
  const tomorrow = NOON_MS + 86_400_000n;
  const sealed = seal('first');
  const late = relayFacts(sealed, { recvMs: tomorrow });
  expect(codeOf(() => verifyDelivery(parseEnvelope(sealed.bytes), late))).toBe('relay.day_mismatch');

  // A relay that helps has to sign the time: recipients see it.
  const stamp = createRelayStamp({ envHash: sealed.envHash, recvMs: tomorrow, batch: 1n }, relaySeed);
  const expected = { relayKeys: [relayKey], envHash: sealed.envHash, day: DAY, skewS: SKEW_S };
  expect(codeOf(() => verifyRelayStamp(encode(relayStampCodec, stamp), expected))).toBe('relay.stamp_invalid');
});

test('back-dated day: the root of a later day does not lead to an earlier one', () => {
  expect(codeOf(() => deriveDayRoot(dayRoot, DAY, DAY - 1))).toBe('day.out_of_range');
});

test('suppressed sequence: a relay drops a message, and the next one shows it', () => {
  const first = seal('first');
  const second = seal('second', first.chain);
  const third = seal('third', second.chain);
  openEnvelopeAsRecipient(first.bytes, opening(), mlsOf(first));
  const withoutSecond = opening(first.chain);
  expect(codeOf(() => openEnvelopeAsRecipient(third.bytes, withoutSecond, mlsOf(third)))).toBe('envelope.seq_invalid');
  expect(codeOf(() => openEnvelopeAsReader(third.bytes, withoutSecond))).toBe('envelope.seq_invalid');
});

test('suppressed sequence: a sender restarts its chain, and the hash of the one before shows it', () => {
  const first = seal('first');
  const fork = seal('fork', { lastSeq: 1, lastHash: bytesOf('never sent') });
  expect(codeOf(() => openEnvelopeAsReader(fork.bytes, opening(first.chain)))).toBe('envelope.prev_mismatch');
});

test('suppressed envelope: a relay leaves a stamped envelope out of its batch', () => {
  const [first, second] = [seal('first'), seal('second')];
  const batch = createEnvelopeBatch(4n, [second.envHash]);
  const promise = { batch: 4n, envHash: first.envHash };
  expect(codeOf(() => verifyBatchPromise(batch, promise, 0, []))).toBe('log.promise_broken');
  expect(codeOf(() => verifyBatchList(batch, [first.envHash]))).toBe('log.promise_broken');
});

test('stolen signature: a relay key is not a device key, nor one label another', () => {
  const envelope = decode(envelopeCodec, seal('first').bytes);
  const resigned = { ...envelope, sig: labelledSign(relaySeed, 'AC1 envelope sig', seal('first').envHash) };
  expect(codeOf(() => openEnvelopeAsReader(encode(envelopeCodec, resigned), opening()))).toBe('envelope.signature_invalid');
  const relabelled = { ...envelope, sig: labelledSign(envSigSeed, 'AC1 grant sig', seal('first').envHash) };
  expect(codeOf(() => openEnvelopeAsReader(encode(envelopeCodec, relabelled), opening()))).toBe('envelope.signature_invalid');
});

test('swapped message: the MLS message beside an envelope is that of another', () => {
  const [first, other] = [seal('first'), seal('other')];
  expect(codeOf(() => openEnvelopeAsRecipient(first.bytes, opening(), mlsOf(other)))).toBe('envelope.hash_mismatch');
  const facts = relayFacts(other);
  expect(codeOf(() => verifyDelivery(parseEnvelope(first.bytes), facts))).toBe('relay.mls_mismatch');
});

test('the honest grant and envelope pass every check that the attacks fail', () => {
  const verified = verifyGrant(grantBytes, expectations);
  expect(verifyGrantAsRecipient(verified, dayRoot)).toEqual(created.K);
  expect(verified.envSigKey).toEqual(envSigKey);
  const sealed = seal('first');
  expect(codeOf(() => openEnvelopeAsRecipient(sealed.bytes, opening(), mlsOf(sealed)))).toBe('ok');
});

function deriveExponent(): Uint8Array {
  return deriveScope(dayRoot, scope, Y).e;
}

test('half-swapped message: MLS authenticates this envelope, but its payload names another, or is cut', () => {
  const [first, other] = [seal('first'), seal('other')];
  const payloads = [concat(first.mlsPayload.subarray(0, 32), other.envHash), first.mlsPayload.subarray(0, 63)];
  for (const payload of payloads) {
    const mls = { authenticatedData: first.envHash, payload };
    expect(codeOf(() => openEnvelopeAsRecipient(first.bytes, opening(), mls))).toBe('envelope.hash_mismatch');
  }
});

test('borrowed stamp: a relay shows the stamp of another envelope', () => {
  const [first, other] = [seal('first'), seal('other')];
  const stamp = createRelayStamp({ envHash: other.envHash, recvMs: NOON_MS, batch: 1n }, relaySeed);
  const expected = { relayKeys: [relayKey], envHash: first.envHash, day: DAY, skewS: SKEW_S };
  expect(codeOf(() => verifyRelayStamp(encode(relayStampCodec, stamp), expected))).toBe('relay.stamp_invalid');
});

test('borrowed batch: a relay shows a later batch than the stamp promised', () => {
  const { envHash } = seal('first');
  const batch = createEnvelopeBatch(5n, [envHash]);
  expect(codeOf(() => verifyBatchPromise(batch, { batch: 4n, envHash }, 0, []))).toBe('log.promise_broken');
  expect(codeOf(() => verifyBatchPromise(batch, { batch: 5n, envHash }, 0, []))).toBe('ok');
});

test('diverted message: the MLS message goes to another group than the scope', () => {
  const sealed = seal('first');
  const mls = { groupId: bytesOf('another group', 16), epoch: scope.epoch, authenticatedData: sealed.envHash };
  expect(codeOf(() => verifyDelivery(parseEnvelope(sealed.bytes), relayFacts(sealed, { mls })))).toBe('relay.mls_mismatch');
});

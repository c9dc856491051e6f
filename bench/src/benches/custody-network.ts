/** The smallest network that custody needs, made from random bytes: one device, one scope, a key of 2 custodians in 3, one reader. */
import { encode } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  CHAIN_START,
  createGrant,
  type GrantExpectations,
  type GrantSecrets,
  grantCodec,
  type OpenExpectations,
  type ReleaseTo,
  type Scope,
  scopeCodec,
  sealEnvelope,
} from '@countersign/custody';
import { createPartial, deriveKeyPair, evaluatePolynomial } from '@countersign/threshold';

const T = 2;
const N = 3;
const DAY = 20_416;
/** A short message: the smallest bucket that envelopes are padded to. */
const CONTENT_BYTES = 120;

export function createCustodyNetwork() {
  const random = crypto.randomBytes;
  const polynomial = Array.from({ length: T }, () => deriveKeyPair(random(32)).secretKey);
  const Y = crypto.p256PublicKey(polynomial[0] as Uint8Array);
  const shares = Array.from({ length: N }, (_, i) => evaluatePolynomial(polynomial, i + 1));
  const networkId = random(16);
  const custodyKeyId = random(32);
  const scope: Scope = { networkId, custodyKeyId, groupId: random(16), epoch: 7n, leafIndex: 3, deviceId: random(16), day: DAY };
  const device: GrantSecrets = { dayRoot: random(32), envSigSeed: random(32) };
  const envSigKey = crypto.ed25519PublicKey(device.envSigSeed);
  const { grant, grantId, K } = createGrant(scope, Y, device);
  const { enc, kCommit } = grant.head;

  const context = { orderHash: random(32), grantId, agencyId: random(16), shareGen: 1 };
  const parts = shares.slice(0, T).map((share, i) => {
    const { D } = createPartial(share, enc, { ...context, index: i + 1 }, random);
    return { index: i + 1, D };
  });
  const sealed = sealEnvelope(
    { msgId: random(16), grantId, sentMs: 1_764_000_000_000n, content: random(CONTENT_BYTES) },
    CHAIN_START,
    { K, envSigSeed: device.envSigSeed },
    random,
  );

  const grantExpectations: GrantExpectations = {
    networkId,
    custodyKeys: [{ custodyKeyId, Y, fromDay: DAY, toDay: DAY }],
    envSigKeyOf: () => envSigKey,
  };
  const releaseTo: ReleaseTo = {
    requestIndex: 1n,
    context: { ...context, index: 1 },
    readerHpkeKey: deriveKeyPair(random(32)).publicKey,
  };
  const openExpectations: OpenExpectations = { chain: CHAIN_START, isSeen: () => false, grantId, envSigKey, K };
  const combineTarget = { t: T, n: N, scope: encode(scopeCodec, scope), enc, kCommit, Y };
  return {
    Y,
    scope,
    device,
    grant: encode(grantCodec, grant),
    grantExpectations,
    share: shares[0] as Uint8Array,
    custodianSeed: random(32),
    releaseTo,
    parts,
    combineTarget,
    envelope: sealed.bytes,
    openExpectations,
  };
}

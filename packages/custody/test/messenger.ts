/** A small network for the message tests: one custody key, one sending device, its group, and a relay. All of it from fixed seeds. */
import { Ac1Error, concat, encode, fromUtf8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import {
  CHAIN_START,
  type ChainState,
  type Content,
  type CreatedGrant,
  createGrant,
  createRoster,
  custodyKeyId,
  encodeContent,
  type GrantExpectations,
  grantCodec,
  type OpenExpectations,
  type RelayFacts,
  type Roster,
  type Scope,
  type SealedEnvelope,
  sealEnvelope,
} from '../src/index.ts';

/** `length` bytes that depend on `name` alone. */
export function bytesOf(name: string, length = 32): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 0; 32 * i < length; i++) blocks.push(crypto.sha256(fromUtf8(`${name} ${i}`)));
  return concat(...blocks).slice(0, length);
}

/** A random source that gives the same bytes in every run. */
function randomOf(name: string): Random {
  let calls = 0;
  return (length) => bytesOf(`${name} call ${calls++}`, length);
}

export const DAY = 20_416;
export const SKEW_S = 600;
export const NOON_MS = 1000n * (86_400n * BigInt(DAY) + 43_200n);
export const networkId = bytesOf('network', 16);
export const Y = crypto.p256PublicKey(bytesOf('y'));
const keyId = custodyKeyId(networkId, DAY - 10, Y);
export const dayRoot = bytesOf('day root');
export const envSigSeed = bytesOf('env sig');
export const envSigKey = crypto.ed25519PublicKey(envSigSeed);
export const relaySeed = bytesOf('relay');
export const relayKey = crypto.ed25519PublicKey(relaySeed);
export const account = bytesOf('account', 16);

export const scope: Scope = {
  networkId,
  custodyKeyId: keyId,
  groupId: bytesOf('group', 16),
  epoch: 7n,
  leafIndex: 3,
  deviceId: bytesOf('device', 16),
  day: DAY,
};

export const expectations: GrantExpectations = {
  networkId,
  custodyKeys: [{ custodyKeyId: keyId, Y, fromDay: DAY - 10, toDay: DAY + 10 }],
  envSigKeyOf: () => envSigKey,
};

export const created: CreatedGrant = createGrant(scope, Y, { dayRoot, envSigSeed });
export const grantBytes = encode(grantCodec, created.grant);

export const roster: Roster = createRoster(
  {
    networkId,
    groupId: scope.groupId,
    epoch: scope.epoch,
    treeHash: bytesOf('tree'),
    confirmedTranscriptHash: bytesOf('transcript'),
    members: [
      { leafIndex: 3, deviceId: scope.deviceId, accountId: account },
      { leafIndex: 0, deviceId: bytesOf('other device', 16), accountId: bytesOf('other account', 16) },
    ],
  },
  relaySeed,
);

export const hello: Content = { type: 1, expireS: 0, body: 'see you at noon' };

/** The next message of the chain. */
export function seal(name: string, chain: ChainState = CHAIN_START, content: Content = hello): SealedEnvelope {
  return sealEnvelope(
    { msgId: bytesOf(name, 16), grantId: created.grantId, sentMs: NOON_MS, content: encodeContent(content) },
    chain,
    { K: created.K, envSigSeed },
    randomOf(name),
  );
}

export function opening(chain: ChainState = CHAIN_START): OpenExpectations {
  return { grantId: created.grantId, envSigKey, K: created.K, chain, isSeen: () => false };
}

/** What MLS delivers beside an honest envelope. */
export function mlsOf(sealed: SealedEnvelope): { authenticatedData: Uint8Array; payload: Uint8Array } {
  return { authenticatedData: sealed.envHash, payload: sealed.mlsPayload };
}

/** The relay's facts for an honest delivery of `sealed`. */
export function relayFacts(sealed: SealedEnvelope, changes: Partial<RelayFacts> = {}): RelayFacts {
  return {
    chain: CHAIN_START,
    isSeen: () => false,
    sessionDevice: scope.deviceId,
    grant: grantBytes,
    grantExpectations: expectations,
    rosterOf: () => roster,
    isAppended: () => true,
    epoch: { current: scope.epoch, sinceMs: NOON_MS - 1000n, hasDevice: () => true },
    recvMs: NOON_MS,
    epochGraceS: 300,
    skewS: SKEW_S,
    mls: { groupId: scope.groupId, epoch: scope.epoch, authenticatedData: sealed.envHash },
    ...changes,
  };
}

/** The code that `run` is refused with; a run that succeeds, or fails in another way, has none. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Ac1Error ? error.code : `not coded: ${error}`;
  }
  return 'ok';
}

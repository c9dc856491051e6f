/** Entering an epoch and leaving a group: what is kept of the epoch before, and what must be wiped (PROTOCOL 5). */
import type { ClientState } from 'ts-mls';
import { defaultKeyPackageEqualityConfig, defaultPaddingConfig } from 'ts-mls';
import type { ClientConfig } from 'ts-mls/clientConfig.js';
import { addHistoricalReceiverData } from 'ts-mls/clientState.js';
import { keepRecentRoots, takeCustodyRoots } from './custody-root.ts';
import { authenticationService, type IdentityRules } from './identity.ts';
import { EPOCHS_KEPT, GENERATIONS_AHEAD_MAX, GENERATIONS_KEPT, KEY_PACKAGE_LIFETIME_MAX_S } from './limits.ts';
import { type GroupState, type PendingCommit, pruneSecretTree, ratchetSecrets } from './state.ts';
import type { Suite } from './suite.ts';

/** What an operation gives: the state to persist, the result for the caller, and the secrets to wipe once it is persisted. */
export interface Step<T> {
  readonly state: GroupState;
  readonly result: T;
  readonly consumed: readonly Uint8Array[];
}

export function clientConfig(rules: IdentityRules): ClientConfig {
  return {
    keyRetentionConfig: {
      retainKeysForGenerations: GENERATIONS_KEPT,
      // ts-mls counts the epochs before the current one.
      retainKeysForEpochs: EPOCHS_KEPT - 1,
      maximumForwardRatchetSteps: GENERATIONS_AHEAD_MAX,
    },
    lifetimeConfig: { maximumTotalLifetime: BigInt(KEY_PACKAGE_LIFETIME_MAX_S), validateLifetimeOnReceive: false },
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: defaultPaddingConfig,
    authService: authenticationService(rules),
  };
}

/**
 * The state in the epoch of `next`. The epoch before moves to the history as it is now: a pending Commit carries a copy from the
 * time it was made, and message keys used since must stay used.
 */
export async function enterEpoch(
  before: GroupState,
  next: ClientState,
  contexts: readonly Uint8Array[],
  suite: Suite,
): Promise<Step<undefined>> {
  const { current } = before;
  const { exporterSecret } = next.keySchedule;
  const { client, roots } = await takeCustodyRoots(next, contexts, suite);
  const history = current === null ? new Map() : addHistoricalReceiverData(current)[0];
  const entered: ClientState = {
    ...client,
    secretTree: pruneSecretTree(next.secretTree, next.ratchetTree),
    historicalReceiverData: history,
  };
  const { epoch } = next.groupContext;
  const state: GroupState = {
    current: entered,
    pending: null,
    joinedAt: before.joinedAt,
    custodyRoots: keepRecentRoots([...before.custodyRoots, ...roots], epoch),
  };
  const dropped = before.custodyRoots.filter((root) => !state.custodyRoots.includes(root)).map((root) => root.root);
  const lost = before.pending === null || before.pending.state === next ? [] : pendingSecrets(before.pending);
  const consumed = [exporterSecret, ...dropped, ...lost, ...endedSecrets(current, history)];
  return { state, result: undefined, consumed };
}

/** The keys of an epoch that will never begin. Its private path is shared with the current state and stays. */
export function pendingSecrets({ state }: PendingCommit): Uint8Array[] {
  return [...Object.values(state.keySchedule), ...ratchetSecrets(state.secretTree)];
}

/** The keys of the ended epoch that its late messages do not need, and the ratchets of epochs that fell out of the history. */
function endedSecrets(current: ClientState | null, history: ReadonlyMap<bigint, unknown>): Uint8Array[] {
  if (current === null) return [];
  const { initSecret, confirmationKey, membershipKey, externalSecret } = current.keySchedule;
  const ended = [initSecret, confirmationKey, membershipKey, externalSecret];
  for (const [epoch, data] of current.historicalReceiverData)
    if (!history.has(epoch)) ended.push(data.senderDataSecret, ...ratchetSecrets(data.secretTree));
  return ended;
}

/** The state of a device that was removed: it knows the last members that it saw, and holds no key of the group any more. */
export function leaveGroup(before: GroupState, current: ClientState): Step<undefined> {
  const none = new Uint8Array(0);
  const secrets: Uint8Array[] = before.custodyRoots.map((root) => root.root);
  secrets.push(...Object.values(current.keySchedule), ...ratchetSecrets(current.secretTree));
  secrets.push(...Object.values(current.privatePath.privateKeys));
  for (const data of current.historicalReceiverData.values())
    secrets.push(data.senderDataSecret, ...ratchetSecrets(data.secretTree));
  if (before.pending !== null) secrets.push(...pendingSecrets(before.pending));
  const keySchedule = {
    initSecret: none,
    senderDataSecret: none,
    exporterSecret: none,
    externalSecret: none,
    confirmationKey: none,
    membershipKey: none,
    resumptionPsk: none,
    epochAuthenticator: none,
  };
  const left: ClientState = {
    ...current,
    keySchedule,
    secretTree: [],
    privatePath: { leafIndex: current.privatePath.leafIndex, privateKeys: {} },
    signaturePrivateKey: none,
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'removedFromGroup' },
  };
  const state: GroupState = { current: left, pending: null, joinedAt: before.joinedAt, custodyRoots: [] };
  return { state, result: undefined, consumed: secrets };
}

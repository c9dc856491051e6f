/** Application messages (RFC 9420 section 6.3): PrivateMessage out, and in with the sender's leaf, which ts-mls does not return. */
import { equal } from '@countersign/bytes';
import type { GroupContext, SecretTree } from 'ts-mls';
import { type ClientState, createApplicationMessage } from 'ts-mls';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { decryptSenderData, type PrivateMessage } from 'ts-mls/privateMessage.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import type { SenderData } from 'ts-mls/sender.js';
import { leafToNodeIndex, toLeafIndex } from 'ts-mls/treemath.js';
import type { Step } from './epoch.ts';
import { ensureMls, guarded, MlsError } from './error.ts';
import { GENERATIONS_AHEAD_MAX } from './limits.ts';
import { encodePrivateMessage, parsePrivateMessage } from './private-message.ts';
import type { GroupState } from './state.ts';
import type { Suite } from './suite.ts';
import { type Member, memberAt } from './tree.ts';

export interface SentMessage {
  readonly message: Uint8Array;
  readonly epoch: bigint;
  /** The sender's leaf. */
  readonly leafIndex: number;
}

export interface ReceivedMessage {
  readonly plaintext: Uint8Array;
  readonly authenticatedData: Uint8Array;
  readonly epoch: bigint;
  /** Who signed it, as of that epoch. */
  readonly sender: Member;
}

/** The state of an active member, else `commit_pending` (resynchronising) or `not_member`. */
export function activeState(state: GroupState): ClientState {
  ensureMls(state.current !== null, 'commit_pending');
  ensureMls(state.current.groupActiveState.kind === 'active', 'not_member');
  return state.current;
}

export async function sealMessage(
  state: GroupState,
  plaintext: Uint8Array,
  authenticatedData: Uint8Array,
  suite: Suite,
): Promise<Step<SentMessage>> {
  const current = activeState(state);
  ensureMls(Object.keys(current.unappliedProposals).length === 0, 'commit_first');
  const { newState, privateMessage, consumed } = await createApplicationMessage(current, plaintext, suite, authenticatedData);
  const result = {
    message: encodePrivateMessage(privateMessage),
    epoch: privateMessage.epoch,
    leafIndex: current.privatePath.leafIndex,
  };
  return { state: { ...state, current: newState }, result, consumed };
}

export async function openMessage(state: GroupState, bytes: Uint8Array, suite: Suite): Promise<Step<ReceivedMessage>> {
  const message = parsePrivateMessage(bytes);
  const current = activeState(state);
  ensureMls(equal(message.groupId, current.groupContext.groupId), 'wrong_group');
  ensureMls(message.contentType === 'application', 'proposal_forbidden');
  const keys = epochKeys(state, current, message.epoch);
  const senderData = await guarded('undecryptable', () => decryptSenderData(message, keys.senderDataSecret, suite));
  ensureMls(senderData !== undefined, 'undecryptable');
  const sender = memberAt(keys.ratchetTree, senderData.leafIndex);
  ensureMls(sender !== null, 'sender_unknown');
  ensureGeneration(keys.secretTree, senderData);
  const { tree, content, consumed } = await guarded('undecryptable', () => unprotect(message, keys, current, suite));
  ensureMls(content.content.contentType === 'application', 'undecryptable');
  const result: ReceivedMessage = {
    plaintext: content.content.applicationData,
    authenticatedData: message.authenticatedData,
    epoch: message.epoch,
    sender,
  };
  return { state: { ...state, current: withRatchets(current, message.epoch, tree) }, result, consumed };
}

interface EpochKeys {
  readonly senderDataSecret: Uint8Array;
  readonly secretTree: SecretTree;
  readonly ratchetTree: RatchetTree;
  readonly groupContext: GroupContext;
}

function epochKeys(state: GroupState, current: ClientState, epoch: bigint): EpochKeys {
  const { groupContext, secretTree, ratchetTree, keySchedule } = current;
  ensureMls(epoch <= groupContext.epoch, 'epoch_ahead');
  if (epoch === groupContext.epoch)
    return { senderDataSecret: keySchedule.senderDataSecret, secretTree, ratchetTree, groupContext };
  ensureMls(epoch >= state.joinedAt, 'before_join');
  const kept = current.historicalReceiverData.get(epoch);
  if (kept === undefined) throw new MlsError('epoch_passed');
  return kept;
}

/** Says why a message key is missing before ts-mls fails on it. */
function ensureGeneration(secrets: SecretTree, { leafIndex, generation }: SenderData): void {
  const ratchet = secrets[leafToNodeIndex(toLeafIndex(leafIndex))]?.application;
  ensureMls(ratchet !== undefined, 'sender_unknown');
  ensureMls(generation >= ratchet.generation || ratchet.unusedGenerations[generation] !== undefined, 'consumed');
  ensureMls(generation - ratchet.generation <= GENERATIONS_AHEAD_MAX, 'generation_ahead');
}

function unprotect(message: PrivateMessage, keys: EpochKeys, current: ClientState, suite: Suite) {
  const { keyRetentionConfig } = current.clientConfig;
  return unprotectPrivateMessage(
    keys.senderDataSecret,
    message,
    keys.secretTree,
    keys.ratchetTree,
    keys.groupContext,
    keyRetentionConfig,
    suite,
  );
}

function withRatchets(current: ClientState, epoch: bigint, secretTree: SecretTree): ClientState {
  if (epoch === current.groupContext.epoch) return { ...current, secretTree };
  const historicalReceiverData = new Map(current.historicalReceiverData);
  const kept = historicalReceiverData.get(epoch);
  if (kept !== undefined) historicalReceiverData.set(epoch, { ...kept, secretTree });
  return { ...current, historicalReceiverData };
}

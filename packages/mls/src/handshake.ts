/** Commits and Proposals of a member (RFC 9420 section 12): made, and processed in the order that the relay gives them. */
import { equal } from '@countersign/bytes';
import {
  bytesToBase64,
  type ClientState,
  createGroupInfoWithExternalPubAndRatchetTree,
  createCommit as createMlsCommit,
  createProposal,
  emptyPskIndex,
  type Proposal,
  processPublicMessage,
} from 'ts-mls';
import { makeProposalRef } from 'ts-mls/authenticatedContent.js';
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { leafToNodeIndex, toLeafIndex } from 'ts-mls/treemath.js';
import { activeState } from './application.ts';
import { enterEpoch, leaveGroup, type Step } from './epoch.ts';
import { ensureMls, guarded, MlsError } from './error.ts';
import type { IdentityRules } from './identity.ts';
import { verifyKeyPackage } from './key-package.ts';
import { GROUP_MEMBERS_MAX } from './limits.ts';
import { encodeGroupInfo, encodePublicMessage, encodeWelcome, parsePublicMessage } from './message.ts';
import { type CommitPlan, checkCommit, checkLeave, type Leaving } from './profile.ts';
import type { CommitChange } from './public-group.ts';
import { type GroupState, type PendingCommit, pruneSecretTree } from './state.ts';
import type { Suite } from './suite.ts';
import { findLeaf, leafAt, membersOf } from './tree.ts';

export interface CommitOptions {
  /** Key packages of devices to add. */
  readonly add?: readonly Uint8Array[];
  /** Leaves to remove. Announced leaves go in any case. */
  readonly remove?: readonly number[];
  /** A renewed DeviceCert of this device; the device and its key stay. Given alone it is a key update. */
  readonly identity?: Uint8Array;
  /** Unix seconds, for the lifetime of the key packages. */
  readonly now: number;
}

/** What the relay is sent: all three in one frame. `welcome` is null when nobody was added. */
export interface CommitFrame {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | null;
  readonly groupInfo: Uint8Array;
}

export type HandshakeResult =
  /** The group is in a new epoch. `own`: by this device's pending Commit. */
  | { readonly kind: 'commit'; readonly own: boolean; readonly change: CommitChange }
  /** This device is no member from `epoch` on; its keys are erased. `committer` is null when its leaf was resynchronised elsewhere. */
  | { readonly kind: 'removed'; readonly epoch: bigint; readonly committer: number | null }
  /** A member announced that it leaves: somebody must commit before the next message. */
  | { readonly kind: 'leave'; readonly leafIndex: number };

/** What the operations of a group share. */
export interface Environment {
  readonly rules: IdentityRules;
  readonly suite: Suite;
  /** The custody contexts of an epoch that starts now (PROTOCOL 5): network_id || custody_key_id. */
  readonly custodyContexts: () => readonly Uint8Array[];
}

export function frameOf(pending: PendingCommit): CommitFrame {
  const { commit, welcome, groupInfo } = pending;
  return { commit, welcome: welcome.length === 0 ? null : welcome, groupInfo };
}

export function leavingOf(client: ClientState): Leaving {
  return new Map(Object.entries(client.unappliedProposals).map(([ref, { senderLeafIndex }]) => [ref, senderLeafIndex as number]));
}

/** The GroupInfo of an epoch with ratchet tree and external key, signed by this device (PROTOCOL 5). */
export async function groupInfoOf(client: ClientState, suite: Suite): Promise<Uint8Array> {
  return encodeGroupInfo(await createGroupInfoWithExternalPubAndRatchetTree(client, [], suite));
}

/** Throws `commit_pending`, `leaving`, `too_large`, `commit_invalid` (a leaf that is blank), or the code of a bad key package. */
export async function createCommit(state: GroupState, options: CommitOptions, env: Environment): Promise<Step<CommitFrame>> {
  const { suite } = env;
  const current = activeState(state);
  ensureMls(state.pending === null, 'commit_pending');
  const { leafIndex } = current.privatePath;
  const remove = options.remove ?? [];
  ensureMls(![...leavingOf(current).values()].includes(leafIndex), 'leaving');
  ensureMls(
    remove.every((leaf) => leaf !== leafIndex && leafAt(current.ratchetTree, leaf) !== null),
    'commit_invalid',
  );
  const proposals = await proposalsOf(options, env);
  const prepared = prepareCommit(current, remove, options.identity);
  const count = membersOf(current.ratchetTree).length + (options.add ?? []).length;
  ensureMls(count - remove.length - Object.keys(prepared.unappliedProposals).length <= GROUP_MEMBERS_MAX, 'too_large');
  const { newState, commit, welcome } = await guarded('commit_invalid', () =>
    createMlsCommit(
      { state: prepared, cipherSuite: suite, pskIndex: emptyPskIndex },
      { wireAsPublicMessage: true, extraProposals: proposals, ratchetTreeExtension: true },
    ),
  );
  if (commit.wireformat !== 'mls_public_message') throw new TypeError('a Commit that is not public');
  const pending: PendingCommit = {
    commit: encodePublicMessage(commit.publicMessage),
    welcome: welcome === undefined ? new Uint8Array(0) : encodeWelcome(welcome),
    groupInfo: await groupInfoOf(newState, suite),
    state: asPending(newState),
  };
  return { state: { ...state, pending }, result: frameOf(pending), consumed: [] };
}

/** A state that waits: its history is filled in when it is entered. */
export function asPending(client: ClientState): ClientState {
  return {
    ...client,
    secretTree: pruneSecretTree(client.secretTree, client.ratchetTree),
    historicalReceiverData: new Map(),
  };
}

async function proposalsOf({ add = [], remove = [], now }: CommitOptions, { rules, suite }: Environment): Promise<Proposal[]> {
  const proposals: Proposal[] = remove.map((removed) => ({ proposalType: 'remove', remove: { removed } }));
  for (const message of add) {
    const keyPackage = await verifyKeyPackage(message, now, rules, suite);
    proposals.push({ proposalType: 'add', add: { keyPackage } });
  }
  return proposals;
}

/** The state to commit from: without announcements that the Commit overtakes, and with the renewed certificate in the own leaf. */
function prepareCommit(current: ClientState, remove: readonly number[], identity: Uint8Array | undefined): ClientState {
  const unappliedProposals = Object.fromEntries(
    Object.entries(current.unappliedProposals).filter(([, { senderLeafIndex }]) => !remove.includes(senderLeafIndex as number)),
  );
  const { leafIndex } = current.privatePath;
  const leaf = leafAt(current.ratchetTree, leafIndex);
  if (identity === undefined || leaf === null) return { ...current, unappliedProposals };
  const ratchetTree: RatchetTree = current.ratchetTree.slice();
  // createUpdatePath copies the credential of the old leaf into the new one, which it then signs.
  const renewed = { ...leaf, credential: { credentialType: 'basic' as const, identity } };
  ratchetTree[leafToNodeIndex(toLeafIndex(leafIndex))] = { nodeType: 'leaf', leaf: renewed };
  return { ...current, unappliedProposals, ratchetTree };
}

/** Announces that this device leaves. It stays a member until somebody commits; `leaving` when it has announced it in this epoch. */
export async function createLeave(state: GroupState, suite: Suite): Promise<Step<Uint8Array>> {
  const current = activeState(state);
  const { leafIndex } = current.privatePath;
  ensureMls(![...leavingOf(current).values()].includes(leafIndex), 'leaving');
  const proposal: Proposal = { proposalType: 'remove', remove: { removed: leafIndex } };
  const { newState, message } = await createProposal(current, true, proposal, suite);
  if (message.wireformat !== 'mls_public_message') throw new TypeError('a Proposal that is not public');
  return { state: { ...state, current: newState }, result: encodePublicMessage(message.publicMessage), consumed: [] };
}

/** Processes the next Commit or Proposal that the relay ordered, this device's own included. */
export async function processHandshake(state: GroupState, bytes: Uint8Array, env: Environment): Promise<Step<HandshakeResult>> {
  const message = parsePublicMessage(bytes);
  const { pending } = state;
  if (pending !== null && equal(bytes, pending.commit)) return adoptPending(state, pending, message, env);
  const current = activeState(state);
  ensureCurrentEpoch(state, current, message);
  return message.content.contentType === 'proposal'
    ? processLeave(state, current, message, env)
    : processCommit(state, current, message, env);
}

function ensureCurrentEpoch(state: GroupState, current: ClientState, { content }: PublicMessage): void {
  const { groupId, epoch } = current.groupContext;
  ensureMls(equal(content.groupId, groupId), 'wrong_group');
  ensureMls(content.epoch <= epoch, 'epoch_ahead');
  if (content.epoch < epoch) throw new MlsError(content.epoch < state.joinedAt ? 'before_join' : 'epoch_passed');
}

async function processLeave(
  state: GroupState,
  current: ClientState,
  message: PublicMessage,
  { suite }: Environment,
): Promise<Step<HandshakeResult>> {
  return guarded('proposal_forbidden', async () => {
    const known = leavingOf(current);
    const { content, auth } = message;
    const ref = await makeProposalRef({ wireformat: 'mls_public_message', content, auth }, suite.hash);
    const own = known.get(bytesToBase64(ref));
    // The relay's echo of what this device knows already.
    if (own !== undefined) return { state, result: { kind: 'leave', leafIndex: own }, consumed: [] };
    const { leafIndex } = await checkLeave(message, current.ratchetTree, known, suite);
    const { newState } = await processPublicMessage(current, message, emptyPskIndex, suite);
    return { state: { ...state, current: newState }, result: { kind: 'leave', leafIndex }, consumed: [] };
  });
}

async function processCommit(
  state: GroupState,
  current: ClientState,
  message: PublicMessage,
  env: Environment,
): Promise<Step<HandshakeResult>> {
  return guarded('commit_invalid', async () => {
    const plan = await checkCommit(message, current.ratchetTree, leavingOf(current), env.rules, env.suite);
    if (plan.removed.includes(current.privatePath.leafIndex)) return removedBy(state, current, message, plan, env);
    const { newState, consumed } = await processPublicMessage(current, message, emptyPskIndex, env.suite);
    const change = changeOf(plan, newState.ratchetTree, newState.groupContext.epoch);
    const step = await enterEpoch(state, newState, env.custodyContexts(), env.suite);
    return { state: step.state, result: { kind: 'commit', own: false, change }, consumed: [...step.consumed, ...consumed] };
  });
}

/**
 * This device's removal. It cannot follow the Commit into the next epoch, so only the signature and the membership tag are left to
 * verify. ts-mls would look for a blank leaf in the new tree instead, and miss it when the same Commit fills the leaf again.
 */
async function removedBy(
  state: GroupState,
  current: ClientState,
  message: PublicMessage,
  plan: CommitPlan,
  { suite }: Environment,
): Promise<Step<HandshakeResult>> {
  const { keySchedule, groupContext, ratchetTree } = current;
  await unprotectPublicMessage(keySchedule.membershipKey, groupContext, ratchetTree, message, suite);
  const step = leaveGroup(state, current);
  return {
    state: step.state,
    result: { kind: 'removed', epoch: groupContext.epoch + 1n, committer: plan.committer },
    consumed: step.consumed,
  };
}

async function adoptPending(
  state: GroupState,
  pending: PendingCommit,
  message: PublicMessage,
  env: Environment,
): Promise<Step<HandshakeResult>> {
  const before = state.current;
  const plan = planOfOwn(message, before === null ? new Map() : leavingOf(before));
  const change = changeOf(plan, pending.state.ratchetTree, pending.state.groupContext.epoch);
  const step = await enterEpoch(state, pending.state, env.custodyContexts(), env.suite);
  return { state: step.state, result: { kind: 'commit', own: true, change }, consumed: step.consumed };
}

/** The plan of a Commit that this device made itself, so without checks. */
function planOfOwn({ content }: PublicMessage, leaving: Leaving): CommitPlan {
  if (content.contentType !== 'commit') throw new TypeError('a pending Commit that is none');
  const proposals = content.commit.proposals;
  const inline = proposals.flatMap((entry) => (entry.proposalOrRefType === 'proposal' ? [entry.proposal] : []));
  const announced = proposals.flatMap((entry) =>
    entry.proposalOrRefType === 'reference' ? [leaving.get(bytesToBase64(entry.reference)) as number] : [],
  );
  return {
    committer: content.sender.senderType === 'member' ? content.sender.leafIndex : null,
    added: inline.flatMap((proposal) => (proposal.proposalType === 'add' ? [proposal.add.keyPackage] : [])),
    removed: [...announced, ...inline.flatMap((one) => (one.proposalType === 'remove' ? [one.remove.removed] : []))],
    path: content.commit.path ?? null,
  };
}

function changeOf(plan: CommitPlan, tree: RatchetTree, epoch: bigint): CommitChange {
  const leafOf = (key: Uint8Array) => findLeaf(tree, key) as number;
  return {
    epoch,
    committer: plan.committer ?? leafOf((plan.path as NonNullable<typeof plan.path>).leafNode.signaturePublicKey),
    external: plan.committer === null,
    added: plan.added.map((keyPackage) => leafOf(keyPackage.leafNode.signaturePublicKey)),
    removed: plan.removed,
    hasPath: plan.path !== null,
  };
}

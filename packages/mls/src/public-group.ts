/**
 * A group as the relay sees it, who is no member (PROTOCOL 4 Roster, 5): from the public state of one epoch and a Commit it derives
 * the next tree and transcript itself, and the GroupInfo beside the Commit must say the same. Only the confirmation and membership
 * tags and the encrypted path secrets stay unverified: those take the group's secrets.
 */
import { equal } from '@countersign/bytes';
import type { GroupContext, GroupInfo, LeafNode } from 'ts-mls';
import { nextEpochContext } from 'ts-mls/clientState.js';
import { type FramedContentCommit, verifyFramedContentSignature } from 'ts-mls/framedContent.js';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import { addLeafNode, type RatchetTree, removeLeafNode } from 'ts-mls/ratchetTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { nodeToLeafIndex, toLeafIndex } from 'ts-mls/treemath.js';
import { applyUpdatePath } from 'ts-mls/updatePath.js';
import { ensureMls, guarded, MlsError } from './error.ts';
import { ensureGroupInfoForm, GROUP_INFO_EXTENSIONS } from './group-info.ts';
import type { IdentityRules } from './identity.ts';
import { parseGroupInfo, parsePublicMessage } from './message.ts';
import { type CommitPlan, checkCommit, checkLeave, type Leaving } from './profile.ts';
import { deriveRoster, type GroupRoster } from './roster.ts';
import type { Suite } from './suite.ts';
import { ensureUniqueKeys, isLeafSigned, leafAt, membersOf, treeOf, verifyTree } from './tree.ts';

/** The public state of one epoch. */
export interface PublicGroup {
  readonly context: GroupContext;
  readonly tree: RatchetTree;
  readonly confirmationTag: Uint8Array;
  readonly leaving: Leaving;
}

/** What a Commit did to the members. */
export interface CommitChange {
  /** The epoch that it opens. */
  readonly epoch: bigint;
  /** Leaf of the committer in that epoch. */
  readonly committer: number;
  /** Whether it resynchronises a device: `removed` is then its leaf before, `committer` the one after. */
  readonly external: boolean;
  readonly added: readonly number[];
  readonly removed: readonly number[];
  /** Whether it renews keys; only such a Commit ends an epoch that is too old (PROTOCOL 5). */
  readonly hasPath: boolean;
}

/** The GroupInfo with which a group is created: epoch 0, the creator alone, fully verified. */
export async function verifyNewGroup(groupInfo: Uint8Array, rules: IdentityRules, suite: Suite): Promise<PublicGroup> {
  const group = await verifyGroupInfo(groupInfo, rules, suite);
  ensureMls(group.context.epoch === 0n && group.context.confirmedTranscriptHash.length === 0, 'group_info_mismatch');
  ensureMls(membersOf(group.tree).length === 1 && leafAt(group.tree, 0) !== null, 'group_info_mismatch');
  return group;
}

/** A GroupInfo on its own: form, signature, tree. It proves who signed it, not that the group agrees. */
export async function verifyGroupInfo(groupInfo: Uint8Array, rules: IdentityRules, suite: Suite): Promise<PublicGroup> {
  const info = parseGroupInfo(groupInfo);
  return guarded('group_info_mismatch', async () => {
    const tree = await ensureGroupInfoForm(info, GROUP_INFO_EXTENSIONS, suite);
    await verifyTree(tree, info.groupContext, rules, suite);
    return publicGroup(info, tree);
  });
}

/** The public state that a relay stored itself: GroupInfo of the epoch and the Proposals accepted in it. Verified when it came in. */
export async function openPublicGroup(
  groupInfo: Uint8Array,
  proposals: readonly Uint8Array[],
  suite: Suite,
): Promise<PublicGroup> {
  const info = parseGroupInfo(groupInfo);
  let group = publicGroup(info, treeOf(info));
  for (const proposal of proposals) group = await withLeave(group, parsePublicMessage(proposal), suite);
  return group;
}

export function publicRoster(group: PublicGroup): GroupRoster {
  return deriveRoster(group.context, group.tree);
}

/** A Proposal by which a member leaves; returns the state that knows of it. */
export async function verifyLeave(
  group: PublicGroup,
  proposal: Uint8Array,
  suite: Suite,
): Promise<{ group: PublicGroup; leafIndex: number }> {
  const message = parsePublicMessage(proposal);
  ensureOfEpoch(group, message);
  return guarded('proposal_forbidden', async () => {
    const next = await withLeave(group, message, suite);
    const { leafIndex } = message.content.sender as { leafIndex: number };
    const key = (leafAt(group.tree, leafIndex) as LeafNode).signaturePublicKey;
    await ensureContentSigned(group, message, key, suite);
    return { group: next, leafIndex };
  });
}

/** The Commit that ends the epoch of `group`, with the GroupInfo of the epoch that it opens. */
export async function verifyCommit(
  group: PublicGroup,
  commit: Uint8Array,
  groupInfo: Uint8Array,
  rules: IdentityRules,
  suite: Suite,
): Promise<{ group: PublicGroup; change: CommitChange; roster: GroupRoster }> {
  const message = parsePublicMessage(commit);
  const info = parseGroupInfo(groupInfo);
  ensureOfEpoch(group, message);
  return guarded('commit_invalid', async () => {
    const plan = await checkCommit(message, group.tree, group.leaving, rules, suite);
    await ensureContentSigned(group, message, committerKey(group, plan), suite);
    const applied = await applyPlan(group, plan, suite);
    const context = await nextContext(group, message, applied.tree, suite);
    await ensureGroupInfoSays(info, context, message, applied.committer, suite);
    const next: PublicGroup = {
      context,
      tree: applied.tree,
      confirmationTag: info.confirmationTag,
      leaving: new Map(),
    };
    return { group: next, change: changeOf(context.epoch, plan, applied), roster: publicRoster(next) };
  });
}

function publicGroup(info: GroupInfo, tree: RatchetTree): PublicGroup {
  return { context: info.groupContext, tree, confirmationTag: info.confirmationTag, leaving: new Map() };
}

async function withLeave(group: PublicGroup, message: PublicMessage, suite: Suite): Promise<PublicGroup> {
  const { ref, leafIndex } = await checkLeave(message, group.tree, group.leaving, suite);
  return { ...group, leaving: new Map([...group.leaving, [ref, leafIndex]]) };
}

function ensureOfEpoch(group: PublicGroup, message: PublicMessage): void {
  ensureMls(equal(message.content.groupId, group.context.groupId), 'wrong_group');
  if (message.content.epoch < group.context.epoch) throw new MlsError('epoch_passed');
  ensureMls(message.content.epoch === group.context.epoch, 'epoch_ahead');
}

function committerKey(group: PublicGroup, plan: CommitPlan): Uint8Array {
  const leaf = plan.committer === null ? plan.path?.leafNode : leafAt(group.tree, plan.committer);
  return (leaf as LeafNode).signaturePublicKey;
}

async function ensureContentSigned(group: PublicGroup, message: PublicMessage, key: Uint8Array, suite: Suite): Promise<void> {
  const { content, auth } = message;
  const signed = await verifyFramedContentSignature(key, 'mls_public_message', content, auth, group.context, suite.signature);
  ensureMls(signed, 'commit_invalid');
}

interface AppliedPlan {
  readonly tree: RatchetTree;
  readonly committer: number;
  readonly added: readonly number[];
}

/** The next tree: removes, then adds, then the path (RFC 9420 section 12.4.2). */
async function applyPlan(group: PublicGroup, plan: CommitPlan, suite: Suite): Promise<AppliedPlan> {
  let tree = group.tree;
  for (const leaf of plan.removed) tree = removeLeafNode(tree, toLeafIndex(leaf));
  const added: number[] = [];
  for (const { leafNode } of plan.added) {
    const [grown, index] = addLeafNode(tree, leafNode);
    tree = grown;
    added.push(nodeToLeafIndex(index));
  }
  let committer = plan.committer;
  if (plan.path !== null) {
    if (committer === null) {
      const [grown, index] = addLeafNode(tree, plan.path.leafNode);
      tree = grown;
      committer = nodeToLeafIndex(index);
    }
    const signed = await isLeafSigned(plan.path.leafNode, group.context.groupId, committer, suite);
    ensureMls(signed, 'commit_invalid');
    tree = await applyUpdatePath(tree, toLeafIndex(committer), plan.path, suite.hash, plan.committer === null);
  }
  ensureUniqueKeys(tree, 'commit_invalid');
  return { tree, committer: committer as number, added };
}

async function nextContext(group: PublicGroup, message: PublicMessage, tree: RatchetTree, suite: Suite): Promise<GroupContext> {
  const treeHash = await treeHashRoot(tree, suite.hash);
  const content = message.content as FramedContentCommit;
  const { signature } = message.auth;
  return nextEpochContext(group.context, 'mls_public_message', content, signature, treeHash, group.confirmationTag, suite.hash);
}

/** The GroupInfo names the context and tree that the Commit gives, its confirmation tag, and is signed by the committer. */
async function ensureGroupInfoSays(
  info: GroupInfo,
  context: GroupContext,
  message: PublicMessage,
  committer: number,
  suite: Suite,
): Promise<void> {
  const tree = await guarded('group_info_mismatch', () => ensureGroupInfoForm(info, GROUP_INFO_EXTENSIONS, suite));
  const said = info.groupContext;
  ensureMls(equal(said.groupId, context.groupId) && said.epoch === context.epoch, 'group_info_mismatch');
  ensureMls(equal(said.treeHash, context.treeHash), 'group_info_mismatch');
  ensureMls(equal(said.confirmedTranscriptHash, context.confirmedTranscriptHash), 'group_info_mismatch');
  ensureMls(equal(await treeHashRoot(tree, suite.hash), context.treeHash), 'group_info_mismatch');
  const tag = message.auth.contentType === 'commit' ? message.auth.confirmationTag : new Uint8Array(0);
  ensureMls(equal(info.confirmationTag, tag), 'group_info_mismatch');
  ensureMls(info.signer === committer, 'group_info_mismatch');
}

function changeOf(epoch: bigint, plan: CommitPlan, applied: AppliedPlan): CommitChange {
  return {
    epoch,
    committer: applied.committer,
    external: plan.committer === null,
    added: applied.added,
    removed: plan.removed,
    hasPath: plan.path !== null,
  };
}

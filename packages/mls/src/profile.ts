/**
 * What PROTOCOL 5 permits in a handshake, checked alike by members and relay: a Commit may add and remove by value and take up
 * leaves that were announced; a Proposal alone announces only that its sender leaves; an external commit only resynchronises.
 *
 * Announcements are narrower than RFC 9420 on purpose: one malformed Add or a second Remove of one leaf would make every later
 * Commit invalid, so that one member could freeze the group.
 */

import type { UpdatePath } from 'ts-mls';
import { bytesToBase64, type KeyPackage, type LeafNode } from 'ts-mls';
import { makeProposalRef } from 'ts-mls/authenticatedContent.js';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { ensureMls } from './error.ts';
import { isUsableHpkeKey } from './hpke.ts';
import { authenticateLeaf, ensureLeafForm, ensureSameDevice, type IdentityRules } from './identity.ts';
import { ensureKeyPackage } from './key-package.ts';
import { GROUP_MEMBERS_MAX } from './limits.ts';
import type { Suite } from './suite.ts';
import { leafAt, membersOf } from './tree.ts';

/** Announced leaves of the current epoch: base64 of the ProposalRef -> leaf index. */
export type Leaving = ReadonlyMap<string, number>;

/** A Commit that this profile permits, taken apart. Its signatures and its path are not yet verified. */
export interface CommitPlan {
  /** Leaf of the committer before the Commit; null for an external commit. */
  readonly committer: number | null;
  readonly added: readonly KeyPackage[];
  readonly removed: readonly number[];
  readonly path: UpdatePath | null;
}

/** The Commit in `message` under the rules of PROTOCOL 5; throws the code of the first rule that it breaks. */
export async function checkCommit(
  message: PublicMessage,
  tree: RatchetTree,
  leaving: Leaving,
  rules: IdentityRules,
  suite: Suite,
): Promise<CommitPlan> {
  const { content } = message;
  ensureMls(content.contentType === 'commit', 'malformed');
  const { proposals, path = null } = content.commit;
  const added: KeyPackage[] = [];
  const removed: number[] = [];
  let externalInits = 0;
  for (const entry of proposals) {
    if (entry.proposalOrRefType === 'reference') {
      const leaf = leaving.get(bytesToBase64(entry.reference));
      ensureMls(content.sender.senderType === 'member', 'proposal_forbidden');
      ensureMls(leaf !== undefined, 'proposal_missing');
      removed.push(leaf);
    } else if (entry.proposal.proposalType === 'add') {
      added.push(entry.proposal.add.keyPackage);
    } else if (entry.proposal.proposalType === 'remove') {
      removed.push(entry.proposal.remove.removed);
    } else {
      ensureMls(entry.proposal.proposalType === 'external_init', 'proposal_forbidden');
      externalInits += 1;
    }
  }
  ensureMls(new Set(removed).size === removed.length, 'commit_invalid');
  for (const leaf of removed) ensureMls(leafAt(tree, leaf) !== null, 'commit_invalid');
  ensureMls(membersOf(tree).length - removed.length + added.length <= GROUP_MEMBERS_MAX, 'too_large');

  if (content.sender.senderType === 'member') {
    ensureMls(externalInits === 0, 'proposal_forbidden');
    return checkMemberCommit({ committer: content.sender.leafIndex, added, removed, path }, tree, rules, suite);
  }
  ensureMls(content.sender.senderType === 'new_member_commit', 'proposal_forbidden');
  ensureMls(externalInits === 1 && removed.length === 1 && added.length === 0, 'proposal_forbidden');
  return checkResync({ committer: null, added, removed, path }, tree, rules);
}

async function checkMemberCommit(plan: CommitPlan, tree: RatchetTree, rules: IdentityRules, suite: Suite): Promise<CommitPlan> {
  const own = leafAt(tree, plan.committer as number);
  ensureMls(own !== null, 'sender_unknown');
  ensureMls(!plan.removed.includes(plan.committer as number), 'commit_invalid');
  for (const keyPackage of plan.added) await ensureKeyPackage(keyPackage, rules, suite);
  // RFC 9420 section 12.4: only a Commit of nothing but Adds may leave the path out.
  ensureMls(plan.path !== null || (plan.added.length > 0 && plan.removed.length === 0), 'commit_invalid');
  if (plan.path !== null) await checkPath(plan.path, own, rules);
  return plan;
}

/** Exactly one Remove, of the leaf with the same device and key, and external_init (PROTOCOL 5). */
async function checkResync(plan: CommitPlan, tree: RatchetTree, rules: IdentityRules): Promise<CommitPlan> {
  ensureMls(plan.path !== null, 'commit_invalid');
  await checkPath(plan.path, leafAt(tree, plan.removed[0] as number) as LeafNode, rules);
  return plan;
}

async function checkPath(path: UpdatePath, before: LeafNode, rules: IdentityRules): Promise<void> {
  ensureLeafForm(path.leafNode);
  ensureSameDevice(before, path.leafNode, rules);
  await authenticateLeaf(path.leafNode, rules);
  for (const node of path.nodes) ensureMls(isUsableHpkeKey(node.hpkePublicKey), 'commit_invalid');
}

/** A Proposal by which a member announces that it leaves, once an epoch: its reference and leaf. The signature is not yet verified. */
export async function checkLeave(
  message: PublicMessage,
  tree: RatchetTree,
  leaving: Leaving,
  suite: Suite,
): Promise<{ ref: string; leafIndex: number }> {
  const { content } = message;
  ensureMls(content.contentType === 'proposal', 'malformed');
  ensureMls(content.sender.senderType === 'member', 'proposal_forbidden');
  const { leafIndex } = content.sender;
  ensureMls(leafAt(tree, leafIndex) !== null, 'sender_unknown');
  ensureMls(content.proposal.proposalType === 'remove', 'proposal_forbidden');
  ensureMls(content.proposal.remove.removed === leafIndex, 'proposal_forbidden');
  const ref = await makeProposalRef({ wireformat: 'mls_public_message', content, auth: message.auth }, suite.hash);
  ensureMls(![...leaving.values()].includes(leafIndex), 'proposal_forbidden');
  return { ref: bytesToBase64(ref), leafIndex };
}

/** The ratchet tree (RFC 9420 section 7): its members, and the checks on a tree that arrives from outside (section 12.4.3.1). */
import { equal, toHex } from '@countersign/bytes';
import type { GroupContext, GroupInfo, LeafNode } from 'ts-mls';
import { ratchetTreeFromExtension } from 'ts-mls/groupInfo.js';
import { verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import { verifyParentHashes } from 'ts-mls/parentHash.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { directPath, isLeaf, leafToNodeIndex, leafWidth, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { ensureMls, type MlsErrorCode } from './error.ts';
import { authenticateLeaf, ensureLeafForm, type IdentityRules, identityOf } from './identity.ts';
import { GROUP_MEMBERS_MAX, TREE_LEAVES_MAX } from './limits.ts';
import type { Suite } from './suite.ts';

export interface Member {
  readonly leafIndex: number;
  /** DeviceCert bytes. */
  readonly identity: Uint8Array;
  readonly signatureKey: Uint8Array;
}

/** The leaf at `leafIndex`, or null when it is blank or outside the tree. */
export function leafAt(tree: RatchetTree, leafIndex: number): LeafNode | null {
  const node = leafIndex < leafWidth(tree.length) ? tree[leafToNodeIndex(toLeafIndex(leafIndex))] : undefined;
  return node?.nodeType === 'leaf' ? node.leaf : null;
}

export function memberAt(tree: RatchetTree, leafIndex: number): Member | null {
  const leaf = leafAt(tree, leafIndex);
  return leaf === null ? null : { leafIndex, identity: identityOf(leaf), signatureKey: leaf.signaturePublicKey };
}

/** Members in order of their leaves. */
export function membersOf(tree: RatchetTree): Member[] {
  const members: Member[] = [];
  for (let leafIndex = 0; leafIndex < leafWidth(tree.length); leafIndex++) {
    const member = memberAt(tree, leafIndex);
    if (member !== null) members.push(member);
  }
  return members;
}

/** The leaf index of a signature key, which is unique in a tree; null when absent. */
export function findLeaf(tree: RatchetTree, signatureKey: Uint8Array): number | null {
  const found = membersOf(tree).find((member) => equal(member.signatureKey, signatureKey));
  return found === undefined ? null : found.leafIndex;
}

/** The tree that a GroupInfo must carry in this profile, its shape checked. */
export function treeOf(groupInfo: GroupInfo): RatchetTree {
  const trees = groupInfo.extensions.filter((extension) => extension.extensionType === 'ratchet_tree');
  ensureMls(trees.length === 1, 'group_info_mismatch');
  const tree = ratchetTreeFromExtension(groupInfo);
  ensureMls(tree !== undefined, 'group_info_mismatch');
  ensureTreeShape(tree);
  return tree;
}

/**
 * Size, kinds of nodes, and unmerged leaves: each in the node's subtree, non-blank, in ascending order, and listed by every
 * non-blank node between (RFC 9420 section 7.9). Comes first, since the functions of ts-mls loop on an index outside the tree, and
 * replaces its own check, which also compares the nodes above and so refuses valid trees.
 */
export function ensureTreeShape(tree: RatchetTree): void {
  const leaves = leafWidth(tree.length);
  ensureMls(leaves >= 1 && leaves <= TREE_LEAVES_MAX, 'too_large');
  ensureMls(membersOf(tree).length <= GROUP_MEMBERS_MAX, 'too_large');
  for (const [index, node] of tree.entries()) {
    if (node === undefined) continue;
    ensureMls((node.nodeType === 'leaf') === isLeaf(toNodeIndex(index)), 'malformed');
    if (node.nodeType === 'parent') ensureUnmergedLeaves(tree, index, node.parent.unmergedLeaves);
  }
}

function ensureUnmergedLeaves(tree: RatchetTree, nodeIndex: number, unmerged: readonly number[]): void {
  for (const [i, leafIndex] of unmerged.entries()) {
    ensureMls(i === 0 || (unmerged[i - 1] as number) < leafIndex, 'malformed');
    ensureMls(leafAt(tree, leafIndex) !== null, 'malformed');
    const path = directPath(leafToNodeIndex(toLeafIndex(leafIndex)), leafWidth(tree.length));
    const position = path.indexOf(toNodeIndex(nodeIndex));
    ensureMls(position >= 0, 'malformed');
    for (const between of path.slice(0, position)) {
      const node = tree[between];
      ensureMls(node?.nodeType !== 'parent' || node.parent.unmergedLeaves.includes(toLeafIndex(leafIndex)), 'malformed');
    }
  }
}

/**
 * Everything that a joiner or the relay must check of a tree (RFC 9420 section 12.4.3.1): keys unique, leaves signed and accepted,
 * parent hashes, and the tree hash of `context`. The shape was checked by `treeOf`.
 */
export async function verifyTree(tree: RatchetTree, context: GroupContext, rules: IdentityRules, suite: Suite): Promise<void> {
  ensureUniqueKeys(tree, 'group_info_mismatch');
  for (const { leafIndex } of membersOf(tree)) {
    const leaf = leafAt(tree, leafIndex) as LeafNode;
    ensureLeafForm(leaf);
    ensureMls(await isLeafSigned(leaf, context.groupId, leafIndex, suite), 'group_info_mismatch');
    await authenticateLeaf(leaf, rules);
  }
  ensureMls(await verifyParentHashes(tree, suite.hash), 'group_info_mismatch');
  ensureMls(equal(await treeHashRoot(tree, suite.hash), context.treeHash), 'group_info_mismatch');
}

export async function isLeafSigned(leaf: LeafNode, groupId: Uint8Array, leafIndex: number, suite: Suite): Promise<boolean> {
  return leaf.leafNodeSource === 'key_package'
    ? verifyLeafNodeSignatureKeyPackage(leaf, suite.signature)
    : verifyLeafNodeSignature(leaf, groupId, leafIndex, suite.signature);
}

/** No two nodes share an encryption key and no two leaves a signature key (RFC 9420 section 7.3). */
export function ensureUniqueKeys(tree: RatchetTree, code: MlsErrorCode): void {
  const seen = new Set<string>();
  for (const node of tree) {
    if (node === undefined) continue;
    const keys =
      node.nodeType === 'leaf'
        ? [`e${toHex(node.leaf.hpkePublicKey)}`, `s${toHex(node.leaf.signaturePublicKey)}`]
        : [`e${toHex(node.parent.hpkePublicKey)}`];
    for (const key of keys) {
      ensureMls(!seen.has(key), code);
      seen.add(key);
    }
  }
}

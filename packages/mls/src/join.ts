/**
 * Becoming a member: by Welcome (RFC 9420 section 12.4.3.1) and by an external commit that replaces the device's own leaf (12.4.3.2).
 *
 * The steps are those of `joinGroup` and `joinGroupExternal` of ts-mls 1.6.4, from its own parts, because its check of the ratchet
 * tree refuses valid trees: it wants the nodes above a parent to list the parent's unmerged leaves, which a later Commit has cleared.
 * Our `verifyTree` stands in its place.
 */
import { wipe } from '@countersign/bytes';
import type { ClientState, GroupInfo, PrivateKeyPackage } from 'ts-mls';
import type { ClientConfig } from 'ts-mls/clientConfig.js';
import { exportSecret, nextEpochContext } from 'ts-mls/clientState.js';
import { createConfirmationTag, createContentCommitSignature } from 'ts-mls/framedContent.js';
import { verifyGroupInfoConfirmationTag } from 'ts-mls/groupInfo.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { deriveKeySchedule, initializeEpoch } from 'ts-mls/keySchedule.js';
import { protectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import { getCommitSecret, pathToPathSecrets, pathToRoot } from 'ts-mls/pathSecrets.js';
import { mergePrivateKeyPaths, toPrivateKeyPath, updateLeafKey } from 'ts-mls/privateKeyPath.js';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import { addLeafNode, findLeafIndex, type RatchetTree, removeLeafNode } from 'ts-mls/ratchetTree.js';
import { createSecretTree } from 'ts-mls/secretTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { type LeafIndex, leafToNodeIndex, leafWidth, nodeToLeafIndex, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { createUpdatePath, firstCommonAncestor } from 'ts-mls/updatePath.js';
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js';
import { ensureMls, guarded, MlsError } from './error.ts';
import { ensureGroupInfoForm, GROUP_INFO_EXTENSIONS, WELCOME_EXTENSIONS } from './group-info.ts';
import { ensureSameDevice, type IdentityRules } from './identity.ts';
import type { OwnKeyPackage } from './key-package.ts';
import { parseGroupInfo, parseWelcome } from './message.ts';
import type { Suite } from './suite.ts';
import { findLeaf, leafAt, verifyTree } from './tree.ts';

/** The state that a Welcome gives to the owner of one of its key packages; throws `welcome_invalid` or the code of a failed check. */
export async function joinByWelcome(
  bytes: Uint8Array,
  own: OwnKeyPackage,
  config: ClientConfig,
  rules: IdentityRules,
  suite: Suite,
): Promise<ClientState> {
  const welcome = parseWelcome(bytes);
  return guarded('welcome_invalid', async () => {
    const ref = await makeKeyPackageRef(own.publicPackage, suite.hash);
    const initKey = await suite.hpke.importPrivateKey(own.privatePackage.initPrivateKey);
    const secrets = await decryptGroupSecrets(initKey, ref, welcome, suite.hpke);
    ensureMls(secrets !== undefined, 'welcome_invalid');
    ensureMls(secrets.psks.length === 0, 'proposal_forbidden');
    const noPsk = new Uint8Array(suite.kdf.size);
    const info = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite);
    ensureMls(info !== undefined, 'welcome_invalid');
    const tree = await ensureGroupInfoForm(info, WELCOME_EXTENSIONS, suite);
    await verifyTree(tree, info.groupContext, rules, suite);
    ensureMls(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite), 'welcome_invalid');
    const leaf = findLeafIndex(tree, own.publicPackage.leafNode);
    ensureMls(leaf !== undefined, 'welcome_invalid');
    const privatePath = await joinerPath(tree, leaf, info.signer, secrets.pathSecret, own.privatePackage, suite);
    const [keySchedule, encryptionSecret] = await deriveKeySchedule(secrets.joinerSecret, noPsk, info.groupContext, suite.kdf);
    const secretTree = await createSecretTree(leafWidth(tree.length), encryptionSecret, suite.kdf);
    wipe(encryptionSecret, secrets.joinerSecret);
    return {
      groupContext: info.groupContext,
      ratchetTree: tree,
      privatePath,
      signaturePrivateKey: own.privatePackage.signaturePrivateKey,
      confirmationTag: info.confirmationTag,
      unappliedProposals: {},
      keySchedule,
      secretTree,
      historicalReceiverData: new Map(),
      groupActiveState: { kind: 'active' },
      clientConfig: config,
    };
  });
}

async function joinerPath(
  tree: RatchetTree,
  leaf: LeafIndex,
  signer: number,
  pathSecret: Uint8Array | undefined,
  keys: PrivateKeyPackage,
  suite: Suite,
) {
  const own = { leafIndex: leaf, privateKeys: { [leafToNodeIndex(leaf)]: keys.hpkePrivateKey } };
  if (pathSecret === undefined) return own;
  const ancestor = firstCommonAncestor(tree, leaf, toLeafIndex(signer));
  const path = await toPrivateKeyPath(await pathToRoot(tree, ancestor, pathSecret, suite.kdf), leaf, suite);
  // RFC 9420 section 12.4.3.1: the derived keys must be those of the tree.
  for (const [node, secret] of Object.entries(path.privateKeys)) await ensureKeyOfNode(tree, Number(node), secret, suite);
  return mergePrivateKeyPaths(path, own);
}

async function ensureKeyOfNode(tree: RatchetTree, index: number, secret: Uint8Array, suite: Suite): Promise<void> {
  const node = tree[index];
  if (node === undefined) return;
  const sealed = await suite.hpke.seal(
    await suite.hpke.importPublicKey(node.nodeType === 'leaf' ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey),
    PROBE,
    PROBE,
  );
  await suite.hpke.open(await suite.hpke.importPrivateKey(secret), sealed.enc, sealed.ct, PROBE);
}

const PROBE = new Uint8Array(0);

/** An external commit that removes the device's leaf and joins again (PROTOCOL 5), and the state it leads to if the relay accepts it. */
export async function createResync(
  groupInfo: Uint8Array,
  own: OwnKeyPackage,
  config: ClientConfig,
  rules: IdentityRules,
  suite: Suite,
): Promise<{ state: ClientState; message: PublicMessage }> {
  const info = parseGroupInfo(groupInfo);
  return guarded('group_info_mismatch', async () => {
    const tree = await ensureGroupInfoForm(info, GROUP_INFO_EXTENSIONS, suite);
    await verifyTree(tree, info.groupContext, rules, suite);
    const { leafNode } = own.publicPackage;
    const removed = findLeaf(tree, leafNode.signaturePublicKey);
    if (removed === null) throw new MlsError('not_member');
    ensureSameDevice(leafAt(tree, removed) as typeof leafNode, leafNode, rules);
    return externalCommit(info, tree, toLeafIndex(removed), own, config, suite);
  });
}

async function externalCommit(
  info: GroupInfo,
  tree: RatchetTree,
  removed: LeafIndex,
  own: OwnKeyPackage,
  config: ClientConfig,
  suite: Suite,
): Promise<{ state: ClientState; message: PublicMessage }> {
  const { signaturePrivateKey } = own.privatePackage;
  const context = info.groupContext;
  const externalPub = info.extensions.find((extension) => extension.extensionType === 'external_pub');
  ensureMls(externalPub !== undefined, 'group_info_mismatch');
  const { enc, secret: initSecret } = await exportSecret(externalPub.extensionData, suite);

  const [joined, node] = addLeafNode(removeLeafNode(tree, removed), own.publicPackage.leafNode);
  const leaf = nodeToLeafIndex(node);
  const [newTree, path, pathSecrets, leafKey] = await createUpdatePath(joined, leaf, context, signaturePrivateKey, suite);
  const nodeKeys = await toPrivateKeyPath(pathToPathSecrets(pathSecrets), leaf, suite);
  const privatePath = updateLeafKey(nodeKeys, await suite.hpke.exportPrivateKey(leafKey));
  const last = pathSecrets.at(-1);
  const commitSecret =
    last === undefined
      ? new Uint8Array(suite.kdf.size)
      : await getCommitSecret(newTree, toNodeIndex(last.nodeIndex), last.secret, suite.kdf);

  const { signature, framedContent } = await createContentCommitSignature(
    context,
    'mls_public_message',
    {
      proposals: [
        { proposalOrRefType: 'proposal', proposal: { proposalType: 'remove', remove: { removed } } },
        { proposalOrRefType: 'proposal', proposal: { proposalType: 'external_init', externalInit: { kemOutput: enc } } },
      ],
      path,
    },
    { senderType: 'new_member_commit' },
    new Uint8Array(0),
    signaturePrivateKey,
    suite.signature,
  );
  const treeHash = await treeHashRoot(newTree, suite.hash);
  const groupContext = await nextEpochContext(
    context,
    'mls_public_message',
    framedContent,
    signature,
    treeHash,
    info.confirmationTag,
    suite.hash,
  );
  const noPsk = new Uint8Array(suite.kdf.size);
  const epoch = await initializeEpoch(initSecret, commitSecret, groupContext, noPsk, suite.kdf);
  const { keySchedule, encryptionSecret, joinerSecret } = epoch;
  const confirmationTag = await createConfirmationTag(
    keySchedule.confirmationKey,
    groupContext.confirmedTranscriptHash,
    suite.hash,
  );
  const message = await protectPublicMessage(
    keySchedule.membershipKey,
    groupContext,
    {
      wireformat: 'mls_public_message',
      content: framedContent,
      auth: { contentType: 'commit', signature, confirmationTag },
    },
    suite,
  );
  const secretTree = await createSecretTree(leafWidth(newTree.length), encryptionSecret, suite.kdf);
  wipe(commitSecret, initSecret, encryptionSecret, joinerSecret);
  const state: ClientState = {
    groupContext,
    ratchetTree: newTree,
    privatePath,
    signaturePrivateKey,
    confirmationTag,
    unappliedProposals: {},
    keySchedule,
    secretTree,
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'active' },
    clientConfig: config,
  };
  return { state, message };
}

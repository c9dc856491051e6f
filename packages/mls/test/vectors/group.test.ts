/** Vectors of the group's parts: key schedule, secret tree, message protection, transcript, ratchet tree, TreeKEM, Welcome. */
import { readdirSync } from 'node:fs';
import { equal, toHex } from '@countersign/bytes';
import { decodeMlsMessage, type GroupContext, mlsExporter } from 'ts-mls';
import { decodeAuthenticatedContent } from 'ts-mls/authenticatedContent.js';
import { encodeCommit } from 'ts-mls/commit.js';
import { applyUpdatePathSecret } from 'ts-mls/createCommit.js';
import { deriveSecret } from 'ts-mls/crypto/kdf.js';
import { createContentCommitSignature, verifyConfirmationTag } from 'ts-mls/framedContent.js';
import { encodeGroupContext, extractJoinerSecret } from 'ts-mls/groupContext.js';
import { extractWelcomeSecret, verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { deriveKeySchedule } from 'ts-mls/keySchedule.js';
import { verifyLeafNodeSignature } from 'ts-mls/leafNode.js';
import { protect, protectApplicationData, protectProposal, unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { protectProposalPublic, protectPublicMessage, unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import { verifyParentHashes } from 'ts-mls/parentHash.js';
import { pathToRoot } from 'ts-mls/pathSecrets.js';
import { toPrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import type { PrivateMessage } from 'ts-mls/privateMessage.js';
import { decodeProposal, encodeProposal } from 'ts-mls/proposal.js';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import {
  addLeafNode,
  decodeRatchetTree,
  encodeRatchetTree,
  type RatchetTree,
  removeLeafNode,
  resolution,
  updateLeafNode,
} from 'ts-mls/ratchetTree.js';
import { createSecretTree, ratchetToGeneration } from 'ts-mls/secretTree.js';
import { expandSenderDataKey, expandSenderDataNonce } from 'ts-mls/sender.js';
import { createConfirmedHash, createInterimHash } from 'ts-mls/transcriptHash.js';
import { treeHash, treeHashRoot } from 'ts-mls/treeHash.js';
import { leafToNodeIndex, leafWidth, root, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { applyUpdatePath, createUpdatePath, decodeUpdatePath } from 'ts-mls/updatePath.js';
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js';
import { describe, expect, it } from 'vitest';
import { clientConfig } from '../../src/epoch.ts';
import { ensureTreeShape } from '../../src/tree.ts';
import { rules, suite } from '../world.ts';
import { type Case, hex, readCases, VECTOR_FILES } from './files.ts';

const config = clientConfig(rules);
const NONE = new Uint8Array(0);

function context(fields: Partial<GroupContext>): GroupContext {
  return {
    version: 'mls10',
    cipherSuite: suite.name,
    groupId: NONE,
    epoch: 0n,
    treeHash: NONE,
    confirmedTranscriptHash: NONE,
    extensions: [],
    ...fields,
  };
}

function tree(text: string): RatchetTree {
  return (decodeRatchetTree(hex(text), 0) as [RatchetTree, number])[0];
}

it('every file of the set has its test', () => {
  const found = readdirSync(new URL('../../../../vectors/data/mls/', import.meta.url)).filter((name) => name.endsWith('.json'));
  expect(found.sort()).toEqual(VECTOR_FILES.map((name) => `${name}.json`).sort());
});

it('key-schedule', async () => {
  for (const c of readCases('key-schedule')) {
    let initSecret = hex(c.initial_init_secret);
    for (const [i, e] of c.epochs.entries()) {
      const groupContext = context({
        groupId: hex(c.group_id),
        epoch: BigInt(i),
        treeHash: hex(e.tree_hash),
        confirmedTranscriptHash: hex(e.confirmed_transcript_hash),
      });
      expect(toHex(encodeGroupContext(groupContext))).toBe(e.group_context);
      const joiner = await extractJoinerSecret(groupContext, initSecret, hex(e.commit_secret), suite.kdf);
      expect(toHex(joiner)).toBe(e.joiner_secret);
      expect(toHex(await extractWelcomeSecret(joiner, hex(e.psk_secret), suite.kdf))).toBe(e.welcome_secret);
      const [keys, encryption] = await deriveKeySchedule(joiner, hex(e.psk_secret), groupContext, suite.kdf);
      expect(toHex(encryption)).toBe(e.encryption_secret);
      expect(Object.values(keys).map(toHex)).toEqual([
        e.init_secret,
        e.sender_data_secret,
        e.exporter_secret,
        e.external_secret,
        e.confirmation_key,
        e.membership_key,
        e.resumption_psk,
        e.epoch_authenticator,
      ]);
      const { publicKey } = await suite.hpke.deriveKeyPair(keys.externalSecret);
      expect(toHex(await suite.hpke.exportPublicKey(publicKey))).toBe(e.external_pub);
      const { label, context: exported, length, secret } = e.exporter;
      expect(toHex(await mlsExporter(keys.exporterSecret, label, hex(exported), length, suite))).toBe(secret);
      initSecret = keys.initSecret;
    }
  }
});

it('secret-tree', async () => {
  for (const c of readCases('secret-tree')) {
    const { sender_data_secret: secret, ciphertext, key, nonce } = c.sender_data;
    expect(toHex(await expandSenderDataKey(suite, hex(secret), hex(ciphertext)))).toBe(key);
    expect(toHex(await expandSenderDataNonce(suite, hex(secret), hex(ciphertext)))).toBe(nonce);
    const secrets = await createSecretTree(c.leaves.length, hex(c.encryption_secret), suite.kdf);
    for (const [leafIndex, generations] of c.leaves.entries())
      for (const g of generations)
        for (const contentType of ['application', 'proposal'] as const) {
          const senderData = { leafIndex, generation: g.generation, reuseGuard: new Uint8Array(4) as Uint8Array & { length: 4 } };
          const ratchet = await ratchetToGeneration(secrets, senderData, contentType, config.keyRetentionConfig, suite);
          const kind = contentType === 'application' ? 'application' : 'handshake';
          expect([toHex(ratchet.key), toHex(ratchet.nonce)]).toEqual([g[`${kind}_key`], g[`${kind}_nonce`]]);
        }
  }
});

describe('message-protection', () => {
  for (const c of readCases('message-protection')) {
    const groupContext = context({
      groupId: hex(c.group_id),
      epoch: BigInt(c.epoch),
      treeHash: hex(c.tree_hash),
      confirmedTranscriptHash: hex(c.confirmed_transcript_hash),
    });
    const [pub, priv, sds, mk] = [c.signature_pub, c.signature_priv, c.sender_data_secret, c.membership_key].map(hex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    // The sender is leaf 1 of a tree of two; only whether its leaf exists matters.
    const members = [{ nodeType: 'leaf' }, undefined, { nodeType: 'leaf' }] as RatchetTree;
    const secrets = () => createSecretTree(2, hex(c.encryption_secret), suite.kdf);
    const openPrivate = async (message: PrivateMessage) =>
      (await unprotectPrivateMessage(sds, message, await secrets(), members, groupContext, config.keyRetentionConfig, suite, pub))
        .content.content;
    const openPublic = async (message: PublicMessage) =>
      (await unprotectPublicMessage(mk, groupContext, members, message, suite, pub)).content;
    const message = (text: string): Case => decodeMlsMessage(hex(text), 0)?.[0];
    const proposal = decodeProposal(hex(c.proposal), 0)?.[0] as NonNullable<ReturnType<typeof decodeProposal>>[0];

    it('a proposal, public and private', async () => {
      const ownPublic = await protectProposalPublic(priv, mk, groupContext, NONE, proposal, 1, suite);
      for (const one of [message(c.proposal_pub).publicMessage, ownPublic.publicMessage]) {
        const opened = await openPublic(one);
        expect(opened.contentType === 'proposal' && toHex(encodeProposal(opened.proposal))).toBe(c.proposal);
      }
      const own = await protectProposal(priv, sds, proposal, NONE, groupContext, await secrets(), 1, config.paddingConfig, suite);
      for (const one of [message(c.proposal_priv).privateMessage, own.privateMessage]) {
        const opened = await openPrivate(one);
        expect(opened.contentType === 'proposal' && toHex(encodeProposal(opened.proposal))).toBe(c.proposal);
      }
    });

    it('a Commit, public and private', async () => {
      const opened = await openPublic(message(c.commit_pub).publicMessage);
      if (opened.contentType !== 'commit') throw new Error('no Commit');
      expect(toHex(encodeCommit(opened.commit))).toBe(c.commit);
      const hidden = await openPrivate(message(c.commit_priv).privateMessage);
      expect(hidden.contentType === 'commit' && toHex(encodeCommit(hidden.commit))).toBe(c.commit);
      for (const wireformat of ['mls_public_message', 'mls_private_message'] as const) {
        const { framedContent, signature } = await createContentCommitSignature(
          groupContext,
          wireformat,
          opened.commit,
          { senderType: 'member', leafIndex: 1 },
          NONE,
          priv,
          suite.signature,
        );
        const auth = { contentType: 'commit' as const, signature, confirmationTag: new Uint8Array(32) };
        const again =
          wireformat === 'mls_public_message'
            ? await openPublic(await protectPublicMessage(mk, groupContext, { wireformat, content: framedContent, auth }, suite))
            : await openPrivate(
                (
                  await protect(
                    sds,
                    NONE,
                    groupContext,
                    await secrets(),
                    { ...framedContent, auth },
                    1,
                    config.paddingConfig,
                    suite,
                  )
                ).privateMessage,
              );
        expect(again.contentType === 'commit' && toHex(encodeCommit(again.commit))).toBe(c.commit);
      }
    });

    it('application data, private', async () => {
      const own = await protectApplicationData(
        priv,
        sds,
        hex(c.application),
        NONE,
        groupContext,
        await secrets(),
        1,
        config.paddingConfig,
        suite,
      );
      for (const one of [message(c.application_priv).privateMessage, own.privateMessage]) {
        const opened = await openPrivate(one);
        expect(opened.contentType === 'application' && toHex(opened.applicationData)).toBe(c.application);
      }
    });
  }
});

it('transcript-hashes', async () => {
  for (const c of readCases('transcript-hashes')) {
    const decoded = decodeAuthenticatedContent(hex(c.authenticated_content), 0)?.[0];
    if (decoded?.content.contentType !== 'commit' || decoded.auth.contentType !== 'commit') throw new Error('no Commit');
    const { wireformat, content, auth } = decoded;
    const confirmed = await createConfirmedHash(
      hex(c.interim_transcript_hash_before),
      { wireformat, content, signature: auth.signature },
      suite.hash,
    );
    expect(toHex(confirmed)).toBe(c.confirmed_transcript_hash_after);
    expect(toHex(await createInterimHash(confirmed, auth.confirmationTag, suite.hash))).toBe(c.interim_transcript_hash_after);
    expect(await verifyConfirmationTag(hex(c.confirmation_key), auth.confirmationTag, confirmed, suite.hash)).toBe(true);
  }
});

it('tree-operations', async () => {
  for (const c of readCases('tree-operations')) {
    const before = tree(c.tree_before);
    expect(toHex(await treeHashRoot(before, suite.hash))).toBe(c.tree_hash_before);
    const proposal = decodeProposal(hex(c.proposal), 0)?.[0];
    let after: RatchetTree;
    if (proposal?.proposalType === 'add') [after] = addLeafNode(before, (proposal as Case).add.keyPackage.leafNode);
    else if (proposal?.proposalType === 'remove') after = removeLeafNode(before, (proposal as Case).remove.removed);
    else after = updateLeafNode(before, (proposal as Case).update.leafNode, toLeafIndex(c.proposal_sender));
    expect(toHex(await treeHashRoot(after, suite.hash))).toBe(c.tree_hash_after);
    expect(toHex(encodeRatchetTree(after))).toBe(c.tree_after);
  }
});

it('tree-validation, the shape by our own check', async () => {
  for (const c of readCases('tree-validation')) {
    const nodes = tree(c.tree);
    ensureTreeShape(nodes);
    for (const [i, expected] of c.resolutions.entries()) expect(resolution(nodes, toNodeIndex(i))).toEqual(expected);
    for (const [i, expected] of c.tree_hashes.entries())
      expect(toHex(await treeHash(nodes, toNodeIndex(i), suite.hash))).toBe(expected);
    expect(await verifyParentHashes(nodes, suite.hash)).toBe(true);
    for (let leafIndex = 0; leafIndex < leafWidth(nodes.length); leafIndex++) {
      const node = nodes[leafToNodeIndex(toLeafIndex(leafIndex))];
      if (node?.nodeType !== 'leaf') continue;
      expect(await verifyLeafNodeSignature(node.leaf as never, hex(c.group_id), leafIndex, suite.signature)).toBe(true);
    }
  }
});

describe('treekem', () => {
  for (const [n, c] of readCases('treekem').entries())
    it(`tree ${n}`, async () => {
      const nodes = tree(c.ratchet_tree);
      const base = context({
        groupId: hex(c.group_id),
        epoch: BigInt(c.epoch),
        confirmedTranscriptHash: hex(c.confirmed_transcript_hash),
      });
      const paths = new Map<number, Case>();
      for (const leaf of c.leaves_private) paths.set(leaf.index, { leaf, path: await privatePath(leaf) });
      for (const u of c.update_paths) {
        const update = decodeUpdatePath(hex(u.update_path), 0)?.[0] as NonNullable<ReturnType<typeof decodeUpdatePath>>[0];
        const sender = toLeafIndex(u.sender);
        const after = await applyUpdatePath(nodes, sender, update, suite.hash);
        expect(toHex(await treeHashRoot(after, suite.hash))).toBe(u.tree_hash_after);
        const next = { ...base, treeHash: hex(u.tree_hash_after) };
        for (const [index, { path }] of paths) {
          if (index === u.sender || u.path_secrets[index] === null) continue;
          const found = await applyUpdatePathSecret(after, path, sender, next, update, [], suite);
          expect(toHex(found.pathSecret)).toBe(u.path_secrets[index]);
          await expectCommitSecret(after, found, u.commit_secret);
        }
        // A path of our own is read by every other leaf.
        const { leaf } = paths.get(u.sender) as Case;
        // createUpdatePath counts the epoch on, so it is given the one before.
        const before = { ...base, epoch: base.epoch - 1n };
        const [made, ownPath, secrets] = await createUpdatePath(nodes, sender, before, hex(leaf.signature_priv), suite);
        const madeContext = { ...base, treeHash: await treeHashRoot(made, suite.hash) };
        for (const [index, { path }] of paths) {
          if (index === u.sender) continue;
          const found = await applyUpdatePathSecret(made, path, sender, madeContext, ownPath, [], suite);
          expect(secrets.some(({ secret }) => equal(secret, found.pathSecret))).toBe(true);
        }
      }
    });

  async function privatePath(leaf: Case) {
    const secrets = Object.fromEntries(leaf.path_secrets.map((one: Case) => [one.node, hex(one.path_secret)]));
    const path = await toPrivateKeyPath(secrets, leaf.index, suite);
    return { ...path, privateKeys: { ...path.privateKeys, [2 * leaf.index]: hex(leaf.encryption_priv) } };
  }

  async function expectCommitSecret(after: RatchetTree, found: { nodeIndex: number; pathSecret: Uint8Array }, expected: string) {
    const secrets = await pathToRoot(after, toNodeIndex(found.nodeIndex), found.pathSecret, suite.kdf);
    const top = root(leafWidth(after.length));
    expect(toHex(await deriveSecret(secrets[top] as Uint8Array, 'path', suite.kdf))).toBe(expected);
  }
});

it('welcome', async () => {
  for (const c of readCases('welcome')) {
    const message = (text: string): Case => decodeMlsMessage(hex(text), 0)?.[0];
    const keyPackage = message(c.key_package).keyPackage;
    const welcome = message(c.welcome).welcome;
    const ref = await makeKeyPackageRef(keyPackage, suite.hash);
    const key = await suite.hpke.importPrivateKey(hex(c.init_priv));
    const secrets = await decryptGroupSecrets(key, ref, welcome, suite.hpke);
    if (secrets === undefined) throw new Error('no group secrets');
    const noPsk = new Uint8Array(32);
    const info = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite);
    if (info === undefined) throw new Error('no GroupInfo');
    expect(await verifyGroupInfoSignature(info, hex(c.signer_pub), suite.signature)).toBe(true);
    expect(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite)).toBe(true);
  }
});

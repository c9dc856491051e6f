/** GroupInfo (RFC 9420 section 12.4.3): the form that it has in this profile, and its signature. */
import type { GroupInfo } from 'ts-mls';
import { verifyGroupInfoSignature } from 'ts-mls/groupInfo.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { ensureMls } from './error.ts';
import { SUITE_NAME, type Suite } from './suite.ts';
import { leafAt, treeOf } from './tree.ts';

/** Of the GroupInfo beside a Commit. */
export const GROUP_INFO_EXTENSIONS = ['external_pub', 'ratchet_tree'] as const;

/** Of the GroupInfo inside a Welcome. */
export const WELCOME_EXTENSIONS = ['ratchet_tree'] as const;

/** Version, suite, no group extensions, exactly the named extensions (in order), and the signer's signature (PROTOCOL 5). */
export async function ensureGroupInfoForm(info: GroupInfo, names: readonly string[], suite: Suite): Promise<RatchetTree> {
  const { groupContext } = info;
  ensureMls(groupContext.version === 'mls10' && groupContext.cipherSuite === SUITE_NAME, 'group_info_mismatch');
  ensureMls(groupContext.extensions.length === 0, 'proposal_forbidden');
  const extensions = info.extensions.map((extension) => extension.extensionType);
  ensureMls(extensions.join() === names.join(), 'group_info_mismatch');
  const tree = treeOf(info);
  const signer = leafAt(tree, info.signer);
  ensureMls(signer !== null, 'group_info_mismatch');
  ensureMls(await verifyGroupInfoSignature(info, signer.signaturePublicKey, suite.signature), 'group_info_mismatch');
  return tree;
}

/** The members of a group at one epoch as both sides see them: the relay logs it, each member compares (PROTOCOL 4, Roster). */
import type { GroupContext } from 'ts-mls';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { type Member, membersOf } from './tree.ts';

export interface GroupRoster {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  /** 32 bytes. */
  readonly treeHash: Uint8Array;
  /** 32 bytes; zeros at epoch 0, where MLS has none (PROTOCOL 4). */
  readonly confirmedTranscriptHash: Uint8Array;
  /** In order of leaf index. */
  readonly members: readonly Member[];
}

export function deriveRoster(context: GroupContext, tree: RatchetTree): GroupRoster {
  const { groupId, epoch, treeHash, confirmedTranscriptHash } = context;
  return {
    groupId,
    epoch,
    treeHash,
    confirmedTranscriptHash: confirmedTranscriptHash.length === 0 ? new Uint8Array(32) : confirmedTranscriptHash,
    members: membersOf(tree),
  };
}

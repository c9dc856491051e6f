/** Ops of the transparency log (PROTOCOL 11.1, 17). */
import { fromHex, toHex } from '@countersign/bytes';
import { entryHash, merkleRoot, verifyCheckpoint, verifyConsistency, verifyInclusion } from '@countersign/tlog';
import type { Ops } from '../op.ts';

export const tlogOps: Ops = {
  merkle_root: ({ leaves }) => ({ root: toHex(merkleRoot(hexList(leaves).map(entryHash))) }),

  inclusion_verify({ leaf_hash, index, size, proof, root }) {
    verifyInclusion(fromHex(leaf_hash), index, { size, root: fromHex(root) }, hexList(proof));
    return {};
  },

  consistency_verify({ size1, root1, size2, root2, proof }) {
    verifyConsistency({ size: size1, root: fromHex(root1) }, { size: size2, root: fromHex(root2) }, hexList(proof));
    return {};
  },

  checkpoint_verify({ note, origin, log_pub, witnesses, w, now, max_age }) {
    const policy = {
      origin,
      logPublicKey: fromHex(log_pub),
      witnesses: (witnesses as { name: string; pub: string }[]).map(({ name, pub }) => ({ name, publicKey: fromHex(pub) })),
      witnessW: w,
      checkpointMaxAgeS: max_age,
    };
    const { size, root } = verifyCheckpoint(fromHex(note), policy, now);
    return { size, root: toHex(root) };
  },
};

function hexList(list: readonly string[]): Uint8Array[] {
  return list.map(fromHex);
}

/** The Merkle tree of one EnvelopeBatch: its root, and the path of each envelope (PROTOCOL 9.4, 11.1). */
import { concat } from '@countersign/bytes';
import { entryHash, HASH_BYTES, nodeHash, proveInclusion } from '@countersign/tlog';

/** The paths of all envelopes under the root, in stamp order, each as joined hashes. */
export function batchPaths(envHashes: readonly Uint8Array[]): Uint8Array[] {
  const levels: Uint8Array[][] = [envHashes.map(entryHash)];
  for (let below = levels[0] as Uint8Array[]; below.length > 1; below = levels[levels.length - 1] as Uint8Array[]) {
    const level: Uint8Array[] = [];
    for (let i = 0; i + 1 < below.length; i += 2) level.push(nodeHash(below[i] as Uint8Array, below[i + 1] as Uint8Array));
    levels.push(level);
  }
  const read = ({ height, index }: { height: number; index: number }) => (levels[height] as Uint8Array[])[index] as Uint8Array;
  return envHashes.map((_, index) => concat(...proveInclusion(index, envHashes.length, read)));
}

/** A stored path as the list of its hashes. */
export function splitPath(path: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < path.length; at += HASH_BYTES) hashes.push(path.subarray(at, at + HASH_BYTES));
  return hashes;
}

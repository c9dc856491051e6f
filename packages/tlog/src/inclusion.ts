/** Proof that an entry stands at an index of a tree (PROTOCOL 11.1; RFC 9162 section 2.1.3). */
import { ensure, equal } from '@countersign/bytes';
import { HASH_BYTES, nodeHash, type TreeHead } from './merkle.ts';
import { type EntryRange, type HashReader, hashRange, type NodeId, nodesOf } from './node.ts';
import { half, isOdd, isSize, powerOfTwoUpTo } from './size.ts';

/** Hashes in a proof of a tree of any size: one for each level. */
export const PROOF_HASHES_MAX = 63;

/** The sibling hashes from the entry upwards; `index` is below `size` (RangeError otherwise: it is the prover's own number). */
export function proveInclusion(index: number, size: number, read: HashReader): Uint8Array[] {
  return siblings(index, size).map((range) => hashRange(range, read));
}

/** The nodes that `proveInclusion` reads: whoever fetches tiles asks for them first. */
export function inclusionNodes(index: number, size: number): NodeId[] {
  return siblings(index, size).flatMap(nodesOf);
}

/**
 * Checks that `hash` is the entry hash at `index` of the tree `head`, and returns the index.
 * Throws `log.not_included`.
 */
export function verifyInclusion(hash: Uint8Array, index: number, head: TreeHead, proof: readonly Uint8Array[]): number {
  ensure(isSize(index) && isSize(head.size) && index < head.size, 'log.not_included'); // RFC 9162 2.1.3.2 step 1
  ensure(hash.length === HASH_BYTES && proof.length <= PROOF_HASHES_MAX, 'log.not_included');
  let at = index;
  let last = head.size - 1;
  let joined = hash;
  for (const sibling of proof) {
    ensure(last > 0 && sibling.length === HASH_BYTES, 'log.not_included'); // step 4a: more hashes than levels
    if (isOdd(at) || at === last) {
      joined = nodeHash(sibling, joined);
      // On the right edge the node has no sibling on some levels: skip them.
      while (!isOdd(at) && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else {
      joined = nodeHash(joined, sibling);
    }
    at = half(at);
    last = half(last);
  }
  ensure(last === 0 && equal(joined, head.root), 'log.not_included'); // step 5
  return index;
}

/** RFC 9162 section 2.1.3.1: the half of each subtree that the entry is not in, from the lowest upwards. */
function siblings(index: number, size: number): EntryRange[] {
  if (!isSize(index) || !isSize(size) || index >= size) throw new RangeError(`entry ${index} is not in a tree of ${size}`);
  const found: EntryRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      found.push({ start: middle, end });
      end = middle;
    } else {
      found.push({ start, end: middle });
      start = middle;
    }
  }
  return found.reverse();
}

/** The largest power of two smaller than `length`, which is at least 2. */
export function splitOf(length: number): number {
  return powerOfTwoUpTo(length - 1);
}

/** Proof that one tree is the beginning of another (PROTOCOL 11.1; RFC 9162 section 2.1.4). */
import { ensure, equal } from '@countersign/bytes';
import { PROOF_HASHES_MAX, splitOf } from './inclusion.ts';
import { EMPTY_ROOT, HASH_BYTES, nodeHash, type TreeHead } from './merkle.ts';
import { type EntryRange, type HashReader, hashRange, type NodeId, nodesOf } from './node.ts';
import { half, isOdd, isSize, powerOfTwoUpTo } from './size.ts';

/** The proof from the first `oldSize` entries to the first `newSize`; empty for equal sizes and for the empty tree. */
export function proveConsistency(oldSize: number, newSize: number, read: HashReader): Uint8Array[] {
  return subtrees(oldSize, newSize).map((range) => hashRange(range, read));
}

/** The nodes that `proveConsistency` reads. */
export function consistencyNodes(oldSize: number, newSize: number): NodeId[] {
  return subtrees(oldSize, newSize).flatMap(nodesOf);
}

/**
 * Checks that `older` is the beginning of `newer`, and returns `newer`.
 * Throws `log.inconsistent`, also when `newer` is the smaller one.
 */
export function verifyConsistency(older: TreeHead, newer: TreeHead, proof: readonly Uint8Array[]): TreeHead {
  ensure(isSize(older.size) && isSize(newer.size) && older.size <= newer.size, 'log.inconsistent');
  for (const head of [older, newer]) {
    if (head.size === 0) ensure(equal(head.root, EMPTY_ROOT), 'log.inconsistent'); // PROTOCOL 11.1: size 0, empty root
  }
  if (older.size === newer.size) {
    ensure(proof.length === 0 && equal(older.root, newer.root), 'log.inconsistent');
  } else if (older.size === 0) {
    ensure(proof.length === 0, 'log.inconsistent');
  } else {
    verifyGrowth(older, newer, proof);
  }
  return newer;
}

/** RFC 9162 section 2.1.4.2 for 0 < older.size < newer.size. */
function verifyGrowth(older: TreeHead, newer: TreeHead, proof: readonly Uint8Array[]): void {
  ensure(proof.length > 0 && proof.length <= PROOF_HASHES_MAX, 'log.inconsistent'); // step 1
  ensure(
    proof.every((hash) => hash.length === HASH_BYTES),
    'log.inconsistent',
  );
  // Step 2: an old tree that is one complete subtree is itself the first hash, so the proof leaves it out.
  const isComplete = powerOfTwoUpTo(older.size) === older.size;
  const [first, ...rest] = isComplete ? [older.root, ...proof] : proof;
  let at = older.size - 1;
  let last = newer.size - 1;
  while (isOdd(at)) {
    at = half(at);
    last = half(last);
  }
  let oldJoined = first as Uint8Array;
  let newJoined = first as Uint8Array;
  for (const hash of rest) {
    ensure(last > 0, 'log.inconsistent'); // step 6a
    if (isOdd(at) || at === last) {
      oldJoined = nodeHash(hash, oldJoined);
      newJoined = nodeHash(hash, newJoined);
      while (!isOdd(at) && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else {
      newJoined = nodeHash(newJoined, hash);
    }
    at = half(at);
    last = half(last);
  }
  ensure(last === 0 && equal(oldJoined, older.root) && equal(newJoined, newer.root), 'log.inconsistent'); // step 7
}

/** RFC 9162 section 2.1.4.1, from the lowest subtree upwards. */
function subtrees(oldSize: number, newSize: number): EntryRange[] {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) throw new RangeError(`no tree of ${newSize} extends ${oldSize}`);
  if (oldSize === 0 || oldSize === newSize) return [];
  const found: EntryRange[] = [];
  let start = 0;
  let end = newSize;
  while (oldSize !== end) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      found.push({ start: middle, end });
      end = middle;
    } else {
      found.push({ start, end: middle });
      start = middle;
    }
  }
  // The old tree's own root is known to the verifier when the subtree reached starts at 0.
  if (start !== 0) found.push({ start, end });
  return found.reverse();
}

/** Names of tree nodes, and the hash of any aligned range of entries from the nodes below it (RFC 9162 section 2.1.1). */
import { EMPTY_ROOT, nodeHash } from './merkle.ts';
import { powerOfTwoUpTo } from './size.ts';

/** The subtree over entries index * 2^height up to (index + 1) * 2^height, all of which exist. Height 0 is an entry hash. */
export interface NodeId {
  readonly height: number;
  readonly index: number;
}

/** Gives the hash of a complete subtree; throws when it has none, for then the caller asked beyond the tree. */
export type HashReader = (node: NodeId) => Uint8Array;

/** Entries from `start` up to but without `end`; `start` is a multiple of the power of two that covers the length. */
export interface EntryRange {
  readonly start: number;
  readonly end: number;
}

/** The complete subtrees that a range consists of, from left to right, each smaller than the one before. */
export function nodesOf(range: EntryRange): NodeId[] {
  const nodes: NodeId[] = [];
  let start = range.start;
  while (start < range.end) {
    const width = powerOfTwoUpTo(range.end - start);
    nodes.push({ height: Math.round(Math.log2(width)), index: start / width });
    start += width;
  }
  return nodes;
}

/** The hash over a range: the subtrees of `nodesOf` joined from the right. */
export function hashRange(range: EntryRange, read: HashReader): Uint8Array {
  const nodes = nodesOf(range);
  const last = nodes.pop();
  if (last === undefined) return EMPTY_ROOT;
  return nodes.reduceRight((right, node) => nodeHash(read(node), right), read(last));
}

/** The root of the first `size` entries. */
export function rootOf(size: number, read: HashReader): Uint8Array {
  return hashRange({ start: 0, end: size }, read);
}

/** Proofs whose roots the enemy made to fit: only the rule itself stops them, not a hash that differs. */
import { nodeHash, verifyConsistency, verifyInclusion } from '@countersign/tlog';
import { describe, expect, it } from 'vitest';
import { grow, leafHashes } from '../trees.ts';

const HASHES = leafHashes(0, 5) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const tree = grow(HASHES);
const [a, b, , , extra] = HASHES;

describe('a proof longer than its tree is high', () => {
  it('includes nothing, even under a root made from it', () => {
    expect(() => verifyInclusion(a, 0, { size: 1, root: nodeHash(extra, a) }, [extra])).toThrow('log.not_included');
  });

  it('joins no trees, even between roots made from it', () => {
    const older = { size: 3, root: nodeHash(extra, tree.head(3).root) };
    const newer = { size: 4, root: nodeHash(extra, tree.head(4).root) };
    expect(() => verifyConsistency(older, newer, [...tree.proveConsistency(3, 4), extra])).toThrow('log.inconsistent');
  });
});

describe('a hash cut short', () => {
  it('is not filled up with what was hashed before', () => {
    verifyInclusion(a, 0, tree.head(2), [b]);
    expect(() => verifyInclusion(a, 0, tree.head(2), [b.subarray(0, 31)])).toThrow('log.not_included');
    verifyInclusion(b, 1, tree.head(2), [a]);
    expect(() => verifyInclusion(b.subarray(0, 31), 1, tree.head(2), [a])).toThrow('log.not_included');
    verifyConsistency(tree.head(1), tree.head(2), [b]);
    expect(() => verifyConsistency(tree.head(1), tree.head(2), [b.subarray(0, 31)])).toThrow('log.inconsistent');
  });
});

/** Sizes of 2^31 and above, where 32-bit operators would wrap: a tree in which every entry is the same needs no storage. */
import { fromUtf8 } from '@countersign/bytes';
import {
  entryHash,
  formatTilePath,
  inclusionNodes,
  type NodeId,
  nodeHash,
  parseTilePath,
  proveConsistency,
  proveInclusion,
  rootOf,
  TREE_SIZE_MAX,
  tilesFor,
  verifyConsistency,
  verifyInclusion,
} from '@countersign/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const heights: Uint8Array[] = [entryHash(fromUtf8('same'))];
for (let i = 1; i < 53; i++) heights.push(nodeHash(heights[i - 1] as Uint8Array, heights[i - 1] as Uint8Array));
const read = ({ height }: NodeId): Uint8Array => heights[height] as Uint8Array;
const head = (size: number): { size: number; root: Uint8Array } => ({ size, root: rootOf(size, read) });

const EDGES = [
  2 ** 31 - 1,
  2 ** 31,
  2 ** 31 + 1,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 48 - 1,
  2 ** 48 + 3,
  TREE_SIZE_MAX - 1,
  TREE_SIZE_MAX,
];
const sizes = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.maxSafeNat().map((size) => Math.max(1, size)),
);

describe('trees beyond 32 bits', () => {
  it('prove and verify inclusion of any index', () => {
    fc.assert(
      fc.property(sizes, fc.maxSafeNat(), (size, draw) => {
        const index = draw % size;
        const proof = proveInclusion(index, size, read);
        expect(proof.length).toBeLessThanOrEqual(53);
        verifyInclusion(heights[0] as Uint8Array, index, head(size), proof);
        if (proof.length > 0) {
          expect(() => verifyInclusion(heights[0] as Uint8Array, index, head(size), proof.slice(1))).toThrow('log.not_included');
        }
      }),
    );
  });

  it('prove and verify consistency from any size', () => {
    fc.assert(
      fc.property(sizes, fc.maxSafeNat(), (newSize, draw) => {
        const oldSize = draw % (newSize + 1);
        verifyConsistency(head(oldSize), head(newSize), proveConsistency(oldSize, newSize, read));
      }),
    );
  });

  it('name the tiles of a proof by paths that parse back', () => {
    fc.assert(
      fc.property(sizes, fc.maxSafeNat(), (size, draw) => {
        for (const tile of tilesFor(inclusionNodes(draw % size, size), size))
          expect(parseTilePath(formatTilePath(tile))).toEqual(tile);
      }),
    );
  });
});

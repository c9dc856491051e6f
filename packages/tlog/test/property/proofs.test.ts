/** For any tree: every true proof verifies, and no proof changed in one bit, length, index or size does. */
import { toHex } from '@countersign/bytes';
import { entryHash, merkleRoot, type TreeHead, verifyConsistency, verifyInclusion } from '@countersign/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flip } from '../parties.ts';
import { grow, leafHashes } from '../trees.ts';

const HASHES = leafHashes(0, 1500);
const tree = grow(HASHES);
/** Small trees are drawn often, for every shape of right edge; larger ones cross tile borders. */
const sizes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: HASHES.length }));
const refused = (step: () => unknown, code: string): void => expect(step).toThrow(code);

/** RFC 9162 section 2.1.1 word for word, as an independent oracle. */
function definedRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length <= 1) return merkleRoot(hashes);
  let k = 1;
  while (2 * k < hashes.length) k *= 2;
  return merkleRoot([definedRoot(hashes.slice(0, k)), definedRoot(hashes.slice(k))]);
}

describe('inclusion', () => {
  it('verifies at every index of every tree of up to 70 entries', () => {
    for (let size = 1; size <= 70; size++) {
      const head = tree.head(size);
      expect(toHex(head.root)).toBe(toHex(definedRoot(HASHES.slice(0, size))));
      for (let index = 0; index < size; index++) {
        expect(verifyInclusion(HASHES[index] as Uint8Array, index, head, tree.proveInclusion(index, size))).toBe(index);
      }
    }
  });

  it('is refused after any one-bit change', () => {
    const sample = fc.tuple(sizes, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 7 }));
    fc.assert(
      fc.property(sample, ([size, indexDraw, place, bit]) => {
        const index = indexDraw % size;
        const head = tree.head(size);
        const hash = HASHES[index] as Uint8Array;
        const proof = tree.proveInclusion(index, size);
        verifyInclusion(hash, index, head, proof);
        const at = place % 32;
        refused(() => verifyInclusion(flip(hash, at, 1 << bit), index, head, proof), 'log.not_included');
        refused(() => verifyInclusion(hash, index, { size, root: flip(head.root, at, 1 << bit) }, proof), 'log.not_included');
        const turned = proof.map((node, i) => (i === place % proof.length ? flip(node, at, 1 << bit) : node));
        if (proof.length > 0) refused(() => verifyInclusion(hash, index, head, turned), 'log.not_included');
      }),
    );
  });

  it('is refused with a hash too many, a hash too few, a short hash, or another index', () => {
    fc.assert(
      fc.property(fc.tuple(sizes, fc.nat(), fc.nat()), ([size, indexDraw, otherDraw]) => {
        const index = indexDraw % size;
        const head = tree.head(size);
        const hash = HASHES[index] as Uint8Array;
        const proof = tree.proveInclusion(index, size);
        refused(() => verifyInclusion(hash, index, head, [...proof, hash]), 'log.not_included');
        if (proof.length > 0) {
          refused(() => verifyInclusion(hash, index, head, proof.slice(1)), 'log.not_included');
          refused(
            () => verifyInclusion(hash, index, head, [(proof[0] as Uint8Array).subarray(1), ...proof.slice(1)]),
            'log.not_included',
          );
        }
        const other = otherDraw % size;
        if (other !== index) refused(() => verifyInclusion(hash, other, head, proof), 'log.not_included');
        for (const outside of [size, size + 1, -1, 0.5, Number.NaN, 2 ** 53]) {
          refused(() => verifyInclusion(hash, outside, head, proof), 'log.not_included');
        }
      }),
    );
  });

  it('cannot pass an inner node off as an entry', () => {
    const [left, right] = [HASHES[0] as Uint8Array, HASHES[1] as Uint8Array];
    const inner = new Uint8Array([...left, ...right]);
    refused(() => verifyInclusion(entryHash(inner), 0, tree.head(4), tree.proveInclusion(0, 4).slice(1)), 'log.not_included');
  });
});

describe('consistency', () => {
  it('verifies between every two trees of up to 70 entries', () => {
    for (let newSize = 0; newSize <= 70; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const [older, newer] = [tree.head(oldSize), tree.head(newSize)];
        expect(verifyConsistency(older, newer, tree.proveConsistency(oldSize, newSize))).toBe(newer);
      }
    }
  });

  it('is refused after any one-bit change, with a hash too many or too few, and backwards', () => {
    const sample = fc.tuple(sizes, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 7 }));
    fc.assert(
      fc.property(sample, ([newSize, oldDraw, place, bit]) => {
        const oldSize = oldDraw % (newSize + 1);
        const [older, newer] = [tree.head(oldSize), tree.head(newSize)];
        const proof = tree.proveConsistency(oldSize, newSize);
        verifyConsistency(older, newer, proof);
        const at = place % 32;
        const turn = (head: TreeHead): TreeHead => ({ size: head.size, root: flip(head.root, at, 1 << bit) });
        refused(() => verifyConsistency(turn(older), newer, proof), 'log.inconsistent');
        // Any root extends the empty tree: there the new root is the checkpoint signature's matter.
        if (oldSize > 0) refused(() => verifyConsistency(older, turn(newer), proof), 'log.inconsistent');
        refused(() => verifyConsistency(older, newer, [...proof, newer.root]), 'log.inconsistent');
        if (proof.length > 0) {
          const turned = proof.map((node, i) => (i === place % proof.length ? flip(node, at, 1 << bit) : node));
          refused(() => verifyConsistency(older, newer, turned), 'log.inconsistent');
          refused(() => verifyConsistency(older, newer, proof.slice(0, -1)), 'log.inconsistent');
        }
        if (oldSize < newSize) refused(() => verifyConsistency(newer, older, proof), 'log.inconsistent');
      }),
    );
  });
});

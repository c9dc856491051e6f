/** A log grows in batches of any length, is opened again at any of its sizes, and stays the same tree. */
import { toHex } from '@countersign/bytes';
import { changedTiles, formatTilePath, LogTree, merkleRoot, verifyInclusion } from '@countersign/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grow, leafHashes, TileStore } from '../trees.ts';

const HASHES = leafHashes(0, 1300);
const batches = fc.array(fc.integer({ min: 0, max: 330 }), { minLength: 1, maxLength: 4 });

describe('a growing log', () => {
  it('writes exactly the tiles that changed, and continues after a restart from them', () => {
    fc.assert(
      fc.property(batches, (lengths) => {
        const store = new TileStore();
        let size = 0;
        for (const length of lengths) {
          // Opened anew each time, as after a crash.
          const tree = LogTree.open(size, store.read);
          const writes = [...tree.append(HASHES.slice(size, size + length)), ...tree.partialTiles()];
          const names = new Set(writes.map(({ tile }) => formatTilePath(tile)));
          for (const tile of changedTiles(size, size + length)) expect(names).toContain(formatTilePath(tile));
          store.put(writes);
          size += length;
          expect(toHex(tree.head().root)).toBe(toHex(merkleRoot(HASHES.slice(0, size))));
        }
        const tree = LogTree.open(size, store.read);
        for (const index of [0, size >> 1, size - 1].filter((i) => i >= 0 && i < size)) {
          verifyInclusion(HASHES[index] as Uint8Array, index, tree.head(), tree.proveInclusion(index));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is untouched by a batch on a copy that is given up', () => {
    const store = new TileStore();
    const tree = grow(HASHES.slice(0, 250), store);
    const before = toHex(tree.head().root);
    const abandoned = tree.copy();
    abandoned.append(HASHES.slice(300, 320));
    expect(toHex(tree.head().root)).toBe(before);
    const adopted = tree.copy();
    store.put(adopted.append(HASHES.slice(250, 900)));
    expect(toHex(adopted.head().root)).toBe(toHex(merkleRoot(HASHES.slice(0, 900))));
    verifyInclusion(HASHES[253] as Uint8Array, 253, adopted.head(), adopted.proveInclusion(253));
  });

  it('answers only for sizes that it has', () => {
    const tree = grow(HASHES.slice(0, 10));
    for (const step of [
      () => tree.head(11),
      () => tree.proveInclusion(10),
      () => tree.proveInclusion(0, 11),
      () => tree.proveConsistency(5, 11),
    ]) {
      expect(step).toThrow(RangeError);
    }
    expect(() => tree.proveConsistency(6, 5)).toThrow(RangeError);
  });

  it('does not open from a store whose tile is cut', () => {
    const store = new TileStore();
    grow(HASHES.slice(0, 300), store);
    const path = formatTilePath({ level: 0, index: 1, width: 44 });
    store.tiles.set(path, (store.tiles.get(path) as Uint8Array).subarray(1));
    expect(() => LogTree.open(300, store.read)).toThrow('tile.length_invalid');
  });
});

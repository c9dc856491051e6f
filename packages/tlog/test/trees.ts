/** Trees for tests: entries of the cross-check file's rule, and a store of tiles in memory. */
import { fromUtf8 } from '@countersign/bytes';
import { entryHash, formatTilePath, LogTree, type ReadTile, type TileWrite } from '@countersign/tlog';

/** Entry hashes of "leaf0", "leaf1" ... */
export function leafHashes(from: number, to: number): Uint8Array[] {
  return Array.from({ length: to - from }, (_, i) => entryHash(fromUtf8(`leaf${from + i}`)));
}

/** What a log keeps: tile bytes by path. */
export class TileStore {
  readonly tiles = new Map<string, Uint8Array>();

  put(writes: readonly TileWrite[]): void {
    for (const { tile, bytes } of writes) this.tiles.set(formatTilePath(tile), bytes);
  }

  readonly read: ReadTile = (tile) => {
    const bytes = this.tiles.get(formatTilePath(tile));
    if (bytes === undefined) throw new Error(`no ${formatTilePath(tile)}`);
    return bytes;
  };
}

/** A tree over the given hashes whose tiles are all stored. */
export function grow(hashes: readonly Uint8Array[], store = new TileStore()): LogTree {
  const tree = LogTree.open(0, store.read);
  store.put(tree.append(hashes));
  store.put(tree.partialTiles());
  return tree;
}

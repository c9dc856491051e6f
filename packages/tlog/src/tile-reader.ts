/** Reads tree nodes out of hash tiles, so that a proof can be made from a log's static files (C2SP tlog-tiles). */
import type { HashReader, NodeId } from './node.ts';
import { formatTilePath, type Tile, widthIn } from './tile.ts';
import { placeOf, TileNodes } from './tile-nodes.ts';

/** The tiles, each once, that hold `nodes` in a tree of `size` entries, as wide as that tree makes them. */
export function tilesFor(nodes: readonly NodeId[], size: number): Tile[] {
  const tiles = new Map<string, Tile>();
  for (const node of nodes) {
    const tile = tileOf(node, size);
    tiles.set(formatTilePath(tile), tile);
  }
  return [...tiles.values()];
}

function tileOf(node: NodeId, size: number): Tile {
  const { level, index } = placeOf(node);
  const width = widthIn(size, level, index);
  if (width === 0) throw new RangeError('the tree has no such node');
  return { level, index, width };
}

/**
 * A reader over the tiles of a tree of `size` entries. `readTile` gives a tile's bytes; bytes of another length are
 * `tile.length_invalid`. A log's tiles are unsigned: a proof made from them is worth what verifying it against a
 * checkpoint says. The nodes above a tile's hashes are computed once a reader.
 */
export function tileHashReader(size: number, readTile: (tile: Tile) => Uint8Array): HashReader {
  const opened = new Map<string, TileNodes>();
  return (node) => {
    const tile = tileOf(node, size);
    const path = formatTilePath(tile);
    let nodes = opened.get(path);
    if (nodes === undefined) {
      nodes = TileNodes.of(readTile(tile), tile.width);
      opened.set(path, nodes);
    }
    const { row, at } = placeOf(node);
    return nodes.node(row, at);
  };
}

/**
 * The tree of a log that grows: its right edge in memory, its full tiles in the log's own store (PROTOCOL 11.1; C2SP tlog-tiles).
 *
 * A log that must undo a batch appends to a `copy()` and adopts it once the batch is durable.
 */

import { proveConsistency } from './consistency.ts';
import { proveInclusion } from './inclusion.ts';
import type { TreeHead } from './merkle.ts';
import { type HashReader, rootOf } from './node.ts';
import { isSize } from './size.ts';
import { hashesOnLevel, TILE_WIDTH, type Tile } from './tile.ts';
import { placeOf, TileNodes } from './tile-nodes.ts';

/** Opened full tiles that are kept, 16 KB each: proofs of recent entries then read nothing from the store. */
export const OPENED_TILES_MAX = 256;

/** A full tile or a partial one, with the bytes to serve under its path. */
export interface TileWrite {
  readonly tile: Tile;
  readonly bytes: Uint8Array;
}

/** Gives the bytes of a tile that an earlier `append` or `partialTiles` handed out; throws when it has them no more. */
export type ReadTile = (tile: Tile) => Uint8Array;

export class LogTree {
  readonly #readTile: ReadTile;
  /** The rightmost tile of each tile level, narrower than 256; the tiles left of it are full. */
  readonly #edge: TileNodes[];
  readonly #opened: Map<string, TileNodes>;
  #size: number;

  private constructor(size: number, edge: TileNodes[], opened: Map<string, TileNodes>, readTile: ReadTile) {
    this.#size = size;
    this.#edge = edge;
    this.#opened = opened;
    this.#readTile = readTile;
  }

  /**
   * The tree of the first `size` entries, its right edge read from the store: at a size whose `partialTiles` were stored, to
   * which the entries that came after are appended again. Throws `tile.length_invalid` for a damaged store.
   */
  static open(size: number, readTile: ReadTile): LogTree {
    if (!isSize(size)) throw new RangeError('a tree size is a safe integer');
    const edge: TileNodes[] = [];
    for (let level = 0; hashesOnLevel(size, level) > 0; level++) {
      const hashes = hashesOnLevel(size, level);
      const width = hashes % TILE_WIDTH;
      const tile = { level, index: Math.floor(hashes / TILE_WIDTH), width };
      edge.push(width === 0 ? TileNodes.empty() : TileNodes.of(readTile(tile), width));
    }
    return new LogTree(size, edge, new Map(), readTile);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds entry hashes in order and returns the tiles that became full: store them before the next proof is asked for. */
  append(entryHashes: readonly Uint8Array[]): TileWrite[] {
    const full: TileWrite[] = [];
    for (const hash of entryHashes) {
      this.#appendOn(0, hash, full);
      this.#size += 1;
    }
    return full;
  }

  #appendOn(level: number, hash: Uint8Array, full: TileWrite[]): void {
    const nodes = this.#edge[level] ?? TileNodes.empty();
    this.#edge[level] = nodes;
    nodes.append(hash);
    if (nodes.width < TILE_WIDTH) return;
    const index = hashesOnLevel(this.#size + 1, level) / TILE_WIDTH - 1;
    full.push({ tile: { level, index, width: TILE_WIDTH }, bytes: nodes.bytes() });
    this.#keep(level, index, nodes);
    this.#edge[level] = TileNodes.empty();
    this.#appendOn(level + 1, nodes.root, full);
  }

  /** The partial tiles of the present size, to be served beside a checkpoint of it. */
  partialTiles(): TileWrite[] {
    return this.#edge.flatMap((nodes, level) => {
      const index = Math.floor(hashesOnLevel(this.#size, level) / TILE_WIDTH);
      return nodes.width === 0 ? [] : [{ tile: { level, index, width: nodes.width }, bytes: nodes.bytes() }];
    });
  }

  /** Size and root, of the present tree or of its first `size` entries. */
  head(size = this.#size): TreeHead {
    this.#check(size);
    return { size, root: rootOf(size, this.#read) };
  }

  /** RangeError unless index < size <= the tree's size. */
  proveInclusion(index: number, size = this.#size): Uint8Array[] {
    this.#check(size);
    return proveInclusion(index, size, this.#read);
  }

  /** RangeError unless oldSize <= newSize <= the tree's size. */
  proveConsistency(oldSize: number, newSize = this.#size): Uint8Array[] {
    this.#check(newSize);
    return proveConsistency(oldSize, newSize, this.#read);
  }

  /** A tree that grows apart from this one; only the opened tiles themselves, which never change, are shared. */
  copy(): LogTree {
    return new LogTree(
      this.#size,
      this.#edge.map((nodes) => nodes.copy()),
      new Map(this.#opened),
      this.#readTile,
    );
  }

  #check(size: number): void {
    if (!isSize(size) || size > this.#size) throw new RangeError(`the tree has ${this.#size} entries`);
  }

  readonly #read: HashReader = (node) => {
    const { level, index, row, at } = placeOf(node);
    return this.#tile(level, index).node(row, at);
  };

  #tile(level: number, index: number): TileNodes {
    const edge = this.#edge[level];
    if (edge !== undefined && index === Math.floor(hashesOnLevel(this.#size, level) / TILE_WIDTH)) return edge;
    const known = this.#opened.get(`${level}/${index}`);
    if (known !== undefined) return known;
    const nodes = TileNodes.of(this.#readTile({ level, index, width: TILE_WIDTH }), TILE_WIDTH);
    this.#keep(level, index, nodes);
    return nodes;
  }

  #keep(level: number, index: number, nodes: TileNodes): void {
    if (this.#opened.size >= OPENED_TILES_MAX) this.#opened.delete(this.#opened.keys().next().value as string);
    this.#opened.set(`${level}/${index}`, nodes);
  }
}

/** The subtree over one hash tile: its hashes and every complete node above them, up to the tile's own root (C2SP tlog-tiles). */
import { check } from './error.ts';
import { HASH_BYTES, nodeHash } from './merkle.ts';
import type { NodeId } from './node.ts';
import { TILE_HEIGHT, TILE_WIDTH } from './tile.ts';

/** Rows of 256, 128 ... 1 nodes, one after the other. */
const NODES_IN_TILE = 2 * TILE_WIDTH - 1;

/** Where a tree node stands: in which tile, in which of its rows, at which place of the row. */
export interface NodePlace {
  readonly level: number;
  readonly index: number;
  readonly row: number;
  readonly at: number;
}

export function placeOf(node: NodeId): NodePlace {
  const level = Math.floor(node.height / TILE_HEIGHT);
  const row = node.height % TILE_HEIGHT;
  const rowLength = TILE_WIDTH / 2 ** row;
  return { level, index: Math.floor(node.index / rowLength), row, at: node.index % rowLength };
}

/** Grows from the left. A node is there as soon as the hashes below it are. */
export class TileNodes {
  readonly #nodes: Uint8Array;
  #width: number;

  private constructor(nodes: Uint8Array, width: number) {
    this.#nodes = nodes;
    this.#width = width;
  }

  static empty(): TileNodes {
    return new TileNodes(new Uint8Array(NODES_IN_TILE * HASH_BYTES), 0);
  }

  /** The nodes over `width` hashes. Throws `tile.length_invalid` when `bytes` are not that many. */
  static of(bytes: Uint8Array, width: number): TileNodes {
    check(bytes.length === width * HASH_BYTES, 'tile.length_invalid');
    const tile = TileNodes.empty();
    for (let i = 0; i < width; i++) tile.append(bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
    return tile;
  }

  get width(): number {
    return this.#width;
  }

  /** Adds a hash, and the nodes that it completes: one hashing a hash on average. */
  append(hash: Uint8Array): void {
    if (this.#width === TILE_WIDTH || hash.length !== HASH_BYTES) throw new RangeError('a tile holds 256 hashes of 32 bytes');
    let node = hash;
    let at = this.#width;
    this.#put(0, at, node);
    for (let row = 1; at % 2 === 1; row++) {
      node = nodeHash(this.#get(row - 1, at - 1), node);
      at = (at - 1) / 2;
      this.#put(row, at, node);
    }
    this.#width += 1;
  }

  /** Row 0 holds the tile's hashes, row 8 its root. RangeError for a node that is not complete. The result shares memory. */
  node(row: number, at: number): Uint8Array {
    if (row > TILE_HEIGHT || (at + 1) * 2 ** row > this.#width) throw new RangeError('that node is not complete');
    return this.#get(row, at);
  }

  get root(): Uint8Array {
    return this.node(TILE_HEIGHT, 0);
  }

  /** The tile as it is served: its first `width` hashes. */
  bytes(width = this.#width): Uint8Array {
    if (width > this.#width) throw new RangeError(`the tile has ${this.#width} hashes`);
    return this.#nodes.slice(0, width * HASH_BYTES);
  }

  copy(): TileNodes {
    return new TileNodes(this.#nodes.slice(), this.#width);
  }

  #get(row: number, at: number): Uint8Array {
    const offset = offsetOf(row, at);
    return this.#nodes.subarray(offset, offset + HASH_BYTES);
  }

  #put(row: number, at: number, hash: Uint8Array): void {
    this.#nodes.set(hash, offsetOf(row, at));
  }
}

function offsetOf(row: number, at: number): number {
  return (2 * TILE_WIDTH - (2 * TILE_WIDTH) / 2 ** row + at) * HASH_BYTES;
}

/** The full hash tiles of a log, one file for each level. They are made anew at each start, so they need no fsync (C2SP tlog-tiles). */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HASH_BYTES, TILE_WIDTH, type Tile, type TileWrite } from '@countersign/tlog';

const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** The tiles of a level: in a file, or kept where there is none. */
interface Level {
  readonly fd: number | null;
  readonly kept: Uint8Array[];
  count: number;
}

export class TileFiles {
  readonly #dir: string | null;
  readonly #levels: Level[] = [];

  /** `dir` null: in memory. */
  constructor(dir: string | null) {
    this.#dir = dir;
  }

  /** For a LogTree, which asks only for what it has given to `store`. */
  readonly read = ({ level, index }: Tile): Uint8Array => {
    const bytes = this.readIfFull(level as number, index);
    if (bytes === null) throw new RangeError('that tile is not full');
    return bytes;
  };

  readIfFull(level: number, index: number): Uint8Array | null {
    const tiles = this.#levels[level];
    if (tiles === undefined || index >= tiles.count) return null;
    if (tiles.fd === null) return tiles.kept[index] as Uint8Array;
    const bytes = new Uint8Array(TILE_BYTES);
    if (readSync(tiles.fd, bytes, 0, TILE_BYTES, index * TILE_BYTES) !== TILE_BYTES) throw new RangeError('the file is shorter');
    return bytes;
  }

  /** Tiles become full in the order of their index. */
  store(writes: readonly TileWrite[]): void {
    for (const { tile, bytes } of writes) {
      const level = tile.level as number;
      while (this.#levels.length <= level) this.#levels.push(this.#openLevel(this.#levels.length));
      const tiles = this.#levels[level] as Level;
      if (tiles.fd === null) tiles.kept[tile.index] = bytes;
      else writeSync(tiles.fd, bytes, 0, TILE_BYTES, tile.index * TILE_BYTES);
      tiles.count = tile.index + 1;
    }
  }

  clear(): void {
    for (const tiles of this.#levels) tiles.count = 0;
  }

  close(): void {
    for (const { fd } of this.#levels) if (fd !== null) closeSync(fd);
    this.#levels.length = 0;
  }

  #openLevel(level: number): Level {
    const fd = this.#dir === null ? null : openSync(join(this.#dir, `tiles-${level}`), 'w+', 0o600);
    return { fd, kept: [], count: 0 };
  }
}

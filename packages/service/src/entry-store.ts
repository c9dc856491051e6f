/** The entries of a log or of a copy of it, and the tree over them (C2SP tlog-tiles). The tiles derive from the entries. */
import { join } from 'node:path';
import {
  ENTRY_BYTES_MAX,
  entryHash,
  formatEntryBundle,
  HASH_BYTES,
  LogTree,
  TILE_WIDTH,
  type Tile,
  type TreeHead,
} from '@countersign/tlog';
import { openAppendFile } from './append-file.ts';
import { RecordFile } from './record-file.ts';
import { TileFiles } from './tile-files.ts';

export class EntryStore {
  readonly #records: RecordFile;
  readonly #tiles: TileFiles;
  #tree: LogTree;

  private constructor(records: RecordFile, tiles: TileFiles, tree: LogTree) {
    this.#records = records;
    this.#tiles = tiles;
    this.#tree = tree;
  }

  /** `dir` exists, or is null for a store in memory. A torn tail is cut off; a damaged file throws. `take` sees every entry. */
  static async open(dir: string | null, take: (entry: Uint8Array, index: number) => void = () => {}): Promise<EntryStore> {
    const file = await openAppendFile(dir === null ? null : join(dir, 'entries'));
    const tiles = new TileFiles(dir);
    const tree = LogTree.open(0, tiles.read);
    const records = RecordFile.open(file, ENTRY_BYTES_MAX, (entry, index) => {
      tiles.store(tree.append([entryHash(entry)]));
      take(entry, index);
    });
    return new EntryStore(records, tiles, tree);
  }

  get size(): number {
    return this.#tree.size;
  }

  /** RangeError beyond the last. */
  entry(index: number): Uint8Array {
    return this.#records.read(index);
  }

  /** Resolves when the entries are durable; only then does the tree have them. One call at a time. */
  async append(entries: readonly Uint8Array[]): Promise<void> {
    await this.#records.append(entries);
    this.#tiles.store(this.#tree.append(entries.map(entryHash)));
  }

  head(size = this.size): TreeHead {
    return this.#tree.head(size);
  }

  proveInclusion(index: number, size = this.size): Uint8Array[] {
    return this.#tree.proveInclusion(index, size);
  }

  proveConsistency(oldSize: number, newSize = this.size): Uint8Array[] {
    return this.#tree.proveConsistency(oldSize, newSize);
  }

  /** The bytes to serve for a tile or bundle that fits the tree (`verifyTileFits`). */
  tileBytes({ level, index, width }: Tile): Uint8Array {
    const first = index * TILE_WIDTH;
    if (level === 'entries') {
      return formatEntryBundle(Array.from({ length: width }, (_, i) => this.entry(first + i)));
    }
    const full = this.#tiles.readIfFull(level, index);
    if (full !== null) return full.subarray(0, width * HASH_BYTES);
    const edge = this.#tree.partialTiles().find(({ tile }) => tile.level === level && tile.index === index);
    if (edge === undefined) throw new RangeError('the tree has no such tile');
    return edge.bytes.subarray(0, width * HASH_BYTES);
  }

  /** Forgets the entries from `size` on: those of a batch that turned out not to be the log's. */
  truncate(size: number): void {
    if (size >= this.size) return;
    this.#records.truncate(size);
    this.#tiles.clear();
    this.#tree = LogTree.open(0, this.#tiles.read);
    for (let index = 0; index < size; index++) this.#tiles.store(this.#tree.append([entryHash(this.entry(index))]));
  }

  close(): void {
    this.#records.close();
    this.#tiles.close();
  }
}

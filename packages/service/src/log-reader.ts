/** Reads a log over its public port: checkpoints, and the entries between two sizes (C2SP tlog-tiles). Nothing is verified here. */
import {
  changedBundles,
  formatTilePath,
  NOTE_BYTES_MAX,
  parseEntryBundle,
  TILE_WIDTH,
  type Tile,
  TlogError,
} from '@countersign/tlog';
import { AppError } from '@countersign/wire';
import { call } from './log-calls.ts';

/** 256 entries of 65,535 bytes with their lengths. */
const BUNDLE_BYTES_MAX = TILE_WIDTH * 65_537;
const BUNDLES_AT_ONCE_MAX = 4;

export class LogReader {
  readonly #url: string;

  /** `url` is the public one. */
  constructor(url: string) {
    this.#url = url;
  }

  /** The newest checkpoint's note, or null before the first; waits some seconds for one larger than `after`. */
  async checkpoint(after: number, signal: AbortSignal): Promise<Uint8Array | null> {
    const { status, bytes } = await call(`${this.#url}/checkpoint?after=${after}`, { answerBytesMax: NOTE_BYTES_MAX, signal });
    if (status === 404) return null;
    if (status !== 200) throw new AppError('internal.unavailable', 'checkpoint');
    return bytes;
  }

  /** The entries from `from` up to but without `to`, some at a time and in order. */
  async *entries(from: number, to: number, signal: AbortSignal): AsyncGenerator<Uint8Array[]> {
    const bundles = changedBundles(from, to);
    for (let i = 0; i < bundles.length; i += BUNDLES_AT_ONCE_MAX) {
      const some = bundles.slice(i, i + BUNDLES_AT_ONCE_MAX);
      const read = await Promise.all(some.map((tile) => this.#bundle(tile, signal)));
      yield read.flatMap((entries, n) => {
        const first = (some[n] as Tile).index * TILE_WIDTH;
        return entries.slice(Math.max(0, from - first));
      });
    }
  }

  async #bundle(tile: Tile, signal: AbortSignal): Promise<Uint8Array[]> {
    const { status, bytes } = await call(`${this.#url}/${formatTilePath(tile)}`, { answerBytesMax: BUNDLE_BYTES_MAX, signal });
    if (status !== 200) throw new AppError('internal.unavailable', 'entries of the log');
    try {
      return parseEntryBundle(bytes, tile.width);
    } catch (error) {
      if (error instanceof TlogError) throw new AppError('internal.unavailable', 'entries of the log', { cause: error });
      throw error;
    }
  }
}

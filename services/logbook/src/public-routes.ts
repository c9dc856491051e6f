/** The log's public side: checkpoints, tiles and entry bundles, read only (C2SP tlog-tiles; docs/network.md, logbook). */
import { formatTilePath, parseTilePath, TILE_WIDTH, type Tile, TlogError, verifyTileFits } from '@countersign/tlog';
import { AppError } from '@countersign/wire';
import type { FastifyInstance } from 'fastify';
import type { LogBook } from './log-book.ts';
import type { Publisher } from './publisher.ts';

const WAIT_MAX_MS = 10_000;
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

export function addPublicRoutes(http: FastifyInstance, book: LogBook, publisher: Publisher, networkJson: unknown): void {
  // The log's own word: whoever can gets the trust anchor on another way.
  http.get('/network.json', () => networkJson);

  http.get('/checkpoint', async (request, reply) => {
    const { after } = request.query as { after?: unknown };
    if (after !== undefined && (typeof after !== 'string' || !DECIMAL.test(after)))
      throw new AppError('input.malformed', 'after');
    const published = after === undefined ? publisher.published : await publisher.waitFor(Number(after), WAIT_MAX_MS);
    if (published === null) throw new AppError('input.unknown_route');
    return reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(Buffer.from(published.note));
  });

  http.get('/tile/*', (request, reply) => {
    const tile = publishedTile(request.url.slice(1), publisher.published?.size ?? 0);
    return reply
      .header('cache-control', 'public, max-age=604800, immutable')
      .type('application/octet-stream')
      .send(Buffer.from(book.store.tileBytes(tile)));
  });
}

/** The tile of a path, if the published tree has it: hashes beyond it are covered by no signature yet. */
function publishedTile(path: string, size: number): Tile {
  try {
    const tile = verifyTileFits(parseTilePath(path), size);
    // A partial tile may be asked for after it became full; it is the beginning of it.
    if (formatTilePath(tile) !== path || tile.width > TILE_WIDTH) throw new AppError('input.unknown_route');
    return tile;
  } catch (cause) {
    if (cause instanceof TlogError) throw new AppError('input.unknown_route', undefined, { cause });
    throw cause;
  }
}

/** The messenger's pages: files of one folder under a policy that lets nothing in from elsewhere. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { AppError } from '@countersign/wire';
import type { FastifyInstance, FastifyReply } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** Everything from the own origin; pictures and sounds that were decrypted in the page come as blobs. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), geolocation=(), microphone=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** A path without an extension is a page of the application: it gets index.html. */
export function servePages(http: FastifyInstance, dir: string): void {
  http.get<{ Params: { '*': string } }>('/*', async (request, reply) => {
    const path = request.params['*'];
    if (path.startsWith('v1/') || path.startsWith('operator/')) throw new AppError('input.unknown_route');
    return sendFile(reply, dir, extname(path) === '' ? 'index.html' : path);
  });
}

async function sendFile(reply: FastifyReply, dir: string, path: string): Promise<FastifyReply> {
  const type = TYPES[extname(path)];
  const file = await realpath(join(dir, path)).catch(() => null);
  const isInside = file?.startsWith(`${await realpath(dir)}${sep}`) === true;
  if (type === undefined || file === null || !isInside || !(await stat(file)).isFile()) throw new AppError('input.unknown_route');
  // Names under assets/ change with their content.
  const cache = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  return reply.headers(HEADERS).header('content-type', type).header('cache-control', cache).send(createReadStream(file));
}

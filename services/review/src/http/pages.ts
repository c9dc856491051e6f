/** The console's pages: files of one folder, under a policy that lets them load nothing from elsewhere (ARCHITECTURE). */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { AppError } from '@countersign/wire';
import type { FastifyInstance } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Serves `dir`; an address without a file's ending is a view of the single page. */
export function addPages(http: FastifyInstance, dir: string): void {
  http.get<{ Params: { '*': string } }>('/*', async (request, reply) => {
    const path = normalize(`${sep}${request.params['*']}`);
    if (path.startsWith(`${sep}v1${sep}`)) throw new AppError('input.unknown_route');
    const isView = extname(path) === '';
    const file = join(dir, isView ? 'index.html' : path);
    const type = TYPES[extname(file)];
    const bytes = type === undefined ? null : await readFile(file).catch(() => null);
    if (bytes === null || type === undefined) throw new AppError('input.unknown_route');
    const cache = path.startsWith(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache';
    return reply.headers({ ...SECURITY_HEADERS, 'content-type': type, 'cache-control': cache }).send(bytes);
  });
}

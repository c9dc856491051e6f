/**
 * Builds a page with Vite as the apps are built, and serves it on the loopback.
 *
 * The policy that the apps live under is only reported on here: enforced, it would hide what a page asks of other origins, since the
 * browser would block it before it is a request.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, resolve, sep } from 'node:path';
import { build } from 'vite';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
};

const POLICY = "default-src 'self'; img-src 'self' data:";
const VIOLATIONS_PATH = '/violations';

export interface BuiltSite {
  readonly origin: string;
  /** Every script of the site, by its path. */
  readonly scripts: ReadonlyMap<string, string>;
  /** What the browser reported so far as breaking the policy. */
  readonly violations: readonly string[];
  close(): Promise<void>;
}

/** `root` holds index.html. Packages are read from their sources, on the side of their exports that browsers get. */
export async function buildSite(root: string): Promise<BuiltSite> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-site-'));
  await build({
    root,
    logLevel: 'warn',
    configFile: false,
    resolve: { conditions: ['source', 'browser', 'module'] },
    worker: { format: 'es' },
    build: { outDir: folder, emptyOutDir: true, target: 'es2022' },
  });
  const violations: string[] = [];
  const server = createServer((request, response) => {
    if (request.url !== VIOLATIONS_PATH) return void serve(folder, request.url ?? '/', response);
    request.setEncoding('utf8').on('data', (report: string) => violations.push(report));
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    scripts: await readScripts(folder),
    violations,
    close: () => close(server, folder),
  };
}

async function readScripts(folder: string): Promise<Map<string, string>> {
  const files = await readdir(folder, { recursive: true });
  const scripts = files.filter((file) => extname(file) === '.js');
  return new Map(await Promise.all(scripts.map(async (file) => [file, await readFile(join(folder, file), 'utf8')] as const)));
}

async function serve(folder: string, url: string, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(url, 'http://localhost');
  const file = resolve(folder, `.${pathname === '/' ? '/index.html' : pathname}`);
  const body = file.startsWith(folder + sep) ? await readFile(file).catch(() => null) : null;
  if (body === null) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': MEDIA_TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy-report-only': `${POLICY}; report-uri ${VIOLATIONS_PATH}`,
  });
  response.end(body);
}

async function close(server: Server, folder: string): Promise<void> {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
}

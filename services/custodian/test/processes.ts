/** Real processes from the sources: started with a configuration file, ready when they say so, killed when a story wants it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

const READY_MAX_MS = 60_000;
const SERVICES = resolve(import.meta.dirname, '../..');

export interface Started {
  readonly urls: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
  /** Resolves when the process has ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** What it wrote to stderr so far. */
  errors(): string;
}

/** Runs services/NAME with `config` in `dir`. */
export async function startProcess(name: string, dir: string, config: object): Promise<Started> {
  const path = join(dir, `${name}.json`);
  writeFileSync(path, JSON.stringify(config));
  chmodSync(path, 0o600);
  const main = join(SERVICES, name, 'src/main.ts');
  const child = spawn(process.execPath, ['--conditions', 'source', '--import', 'tsx', main, path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (part: Buffer) => {
    errors += part.toString();
  });
  const urls = await readyLine(child, () => errors);
  return {
    urls,
    child,
    errors: () => errors,
    end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      return new Promise((done) => {
        child.once('exit', () => done());
        child.kill(signal);
      });
    },
  };
}

function readyLine(child: ChildProcess, errors: () => string): Promise<Record<string, string>> {
  return new Promise((done, fail) => {
    let text = '';
    const timer = setTimeout(() => fail(new Error(`not ready: ${errors()}`)), READY_MAX_MS);
    child.once('exit', () => fail(new Error(`ended before it was ready: ${errors()}`)));
    child.stdout?.on('data', (part: Buffer) => {
      text += part.toString();
      const line = text.split('\n').find((candidate) => candidate.includes('"ready":true'));
      if (line === undefined) return;
      clearTimeout(timer);
      done((JSON.parse(line) as { urls: Record<string, string> }).urls);
    });
  });
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => done(port));
    });
  });
}

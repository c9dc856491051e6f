/** Real service processes from their sources: ready when they say so, killed when a story wants it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

const READY_MAX_MS = 180_000;
const ROOT = resolve(import.meta.dirname, '../../../..');

export interface Process {
  readonly urls: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
  readonly said: () => string;
  end(signal?: NodeJS.Signals): Promise<void>;
}

export async function startProcess(service: string, dir: string, name: string, config: object): Promise<Process> {
  const path = join(dir, `${name}.json`);
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  const main = join(ROOT, 'services', service, 'src/main.ts');
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', main, path], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part.toString();
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const urls = await new Promise<Record<string, string>>((done, fail) => {
    let text = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`${name} is not ready: ${said}`));
    }, READY_MAX_MS);
    child.once('exit', () => fail(new Error(`${name} ended: ${said}`)));
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
      const line = text.split('\n').find((candidate) => candidate.includes('"ready":true'));
      if (line === undefined) return;
      clearTimeout(timer);
      done((JSON.parse(line) as { urls: Record<string, string> }).urls);
    });
  });
  return {
    urls,
    child,
    said: () => said,
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
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

/** Asks again until there is an answer; fails after `maxMs`. */
export async function eventually<T>(ask: () => T | null | Promise<T | null>, maxMs = 30_000): Promise<T> {
  const end = Date.now() + maxMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise<void>((resume) => setImmediate(resume));
  }
}

/** A service as a real process, from its sources, for the scenario tests. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = new URL('../../../../', import.meta.url).pathname;
const START_MAX_MS = 90_000;

export interface ServiceProcess {
  readonly urls: Readonly<Record<string, string>>;
  /** Lines of stderr so far. */
  readonly said: readonly string[];
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `services/NAME` with a configuration file and waits for its ready line. */
export async function startProcess(service: string, configPath: string): Promise<ServiceProcess> {
  const main = join(ROOT, 'services', service, 'src/main.ts');
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', main, configPath], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const urls = await new Promise<Record<string, string>>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${service} did not get ready: ${said.join('\n')}`)), START_MAX_MS);
    child.once('exit', () => reject(new Error(`${service} ended: ${said.join('\n')}`)));
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer);
      resolve((JSON.parse(line) as { urls: Record<string, string> }).urls);
    });
  });
  return {
    urls,
    said,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

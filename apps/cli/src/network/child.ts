/** One service process: started with its configuration, watched, started again when it dies, stopped in good order. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { CliError } from '../failure.ts';
import { writePidFile } from './process-identity.ts';

const READY_MAX_MS = 60_000;
/** Longer than the 5 s that a service allows itself. */
const STOP_MAX_MS = 7_000;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 10_000;
/** A process that ran so long has earned a quick restart. */
const STEADY_MS = 30_000;

export interface ChildOptions {
  readonly name: string;
  /** The service's compiled main.js. */
  readonly program: string;
  readonly config: string;
  readonly logs: string;
  readonly run: string;
  readonly note: (text: string) => void;
}

export class Child {
  readonly options: ChildOptions;
  #process: ChildProcess | null = null;
  #isStopping = false;
  #restarts = 0;
  #backoffMs = BACKOFF_FIRST_MS;
  #wake: (() => void) | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ChildOptions) {
    this.options = options;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Resolves at the first ready line; rejects with `process.not_ready` if the process ends before it or is late. */
  async start(): Promise<void> {
    const first = await this.#spawn();
    this.#running = this.#watch(first);
  }

  /** SIGTERM, and SIGKILL for one that does not end; a process that is about to be restarted is not. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    const running = this.#process;
    if (running !== null) await endProcess(running);
    await this.#running;
  }

  /** Starts the process again whenever it ends, sooner if it had run for long. */
  async #watch(first: Ended): Promise<void> {
    let ended = first;
    while (!this.#isStopping) {
      const startedMs = performance.now();
      const how = await ended.end;
      if (this.#isStopping) return;
      this.#restarts += 1;
      if (performance.now() - startedMs >= STEADY_MS) this.#backoffMs = BACKOFF_FIRST_MS;
      this.options.note(`${this.options.name} ended (${how}); starting it again in ${this.#backoffMs} ms`);
      await this.#pause(this.#backoffMs);
      this.#backoffMs = Math.min(2 * this.#backoffMs, BACKOFF_MAX_MS);
      if (this.#isStopping) return;
      ended = await this.#spawn().catch((error: CliError): Ended => ({ end: Promise.resolve(error.message) }));
    }
  }

  /** Ends early when the supervisor stops. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #spawn(): Promise<Ended> {
    const { name, program, config, logs, run } = this.options;
    const log = await open(join(logs, `${name}.log`), 'a', 0o600);
    // The fourth stream is the tie to the supervisor: when that is killed, the channel closes and the service ends by itself.
    const child = spawn(process.execPath, ['--enable-source-maps', program, config], {
      stdio: ['ignore', 'pipe', log.fd, 'ipc'],
      env: {},
      // A group of its own: Ctrl-C reaches the supervisor alone, which stops everything in order.
      detached: true,
    });
    await log.close();
    this.#process = child;
    const end = endOf(child).then(async (how) => {
      this.#process = null;
      await rm(pidFile(run, name), { force: true });
      return how;
    });
    try {
      if (child.pid !== undefined) await writePidFile(pidFile(run, name), child.pid);
      await readyLine(child, name, end, join(logs, `${name}.log`));
    } catch (error) {
      if (this.#process !== null) await endProcess(child);
      throw error;
    }
    return { end };
  }
}

interface Ended {
  readonly end: Promise<string>;
}

function pidFile(run: string, name: string): string {
  return join(run, `${name}.pid`);
}

/** Settles with the manner of the end, in words. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `status ${code}`));
  });
}

/** The first line on stdout says that the service is ready; whatever follows is read and dropped, so that the pipe never fills. */
function readyLine(child: ChildProcess, name: string, end: Promise<string>, log: string): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  return new Promise((resolve, reject) => {
    const fail = (how: string) => reject(new CliError('process.not_ready', `${name} is not ready: ${how}; see ${log}`));
    const timer = setTimeout(() => fail('it is late'), READY_MAX_MS);
    lines.on('line', (line) => {
      if (!line.startsWith('{"ready":true')) return;
      clearTimeout(timer);
      resolve();
    });
    void end.then((how) => {
      clearTimeout(timer);
      fail(how);
    });
  });
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS);
  await ended;
  clearTimeout(timer);
}

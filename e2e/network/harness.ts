/** A whole network of real processes as `countersign up` starts it, and what a test does to it from outside. */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { done, startCommand } from './command.ts';
import { postmasterPid, servicePids } from './processes.ts';
import { until } from './until.ts';

const READY_MAX_MS = 240_000;

export interface Person {
  readonly name: string;
  readonly id: string;
  readonly seed: string;
  readonly organisation: string;
}

export interface Agency {
  readonly code: string;
  readonly id: string;
  readonly territory: string;
  readonly gateway: string;
}

/** bootstrap/keys.json, as far as tests act as somebody. */
export interface Keys {
  readonly networkId: string;
  readonly operatorToken: string;
  readonly agencies: readonly Agency[];
  readonly officers: readonly Person[];
  readonly custodians: readonly { readonly index: number; readonly human: { readonly id: string; readonly seed: string } }[];
  readonly gateways: readonly {
    readonly name: string;
    readonly seed: string;
    readonly certs: readonly { readonly id: string }[];
  }[];
}

interface ReadyLine {
  readonly messenger: string;
  readonly console: string;
  readonly api: string;
  readonly log: string;
  readonly data: string;
}

export class Network {
  readonly data: string;
  /** What `up` said on both of its streams. */
  said = '';
  #up: ChildProcess;
  #ready: ReadyLine;
  #keys: Keys;

  private constructor(data: string, up: ChildProcess, ready: ReadyLine, keys: Keys) {
    this.data = data;
    this.#up = up;
    this.#ready = ready;
    this.#keys = keys;
  }

  /** A new network in a folder of its own. */
  static async start(): Promise<Network> {
    const data = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
    const words: string[] = [];
    try {
      const { up, ready } = await bringUp(data, (text) => words.push(text));
      const keys = JSON.parse(await readFile(join(data, 'bootstrap', 'keys.json'), 'utf8')) as Keys;
      const network = new Network(data, up, ready, keys);
      network.said = words.join('');
      network.#listen();
      return network;
    } catch (error) {
      await rm(data, { recursive: true, force: true });
      throw error;
    }
  }

  get keys(): Keys {
    return this.#keys;
  }

  get urls(): ReadyLine {
    return this.#ready;
  }

  /** Process id of `countersign up`. */
  get pid(): number {
    return this.#up.pid as number;
  }

  get hasEnded(): boolean {
    return this.#up.exitCode !== null || this.#up.signalCode !== null;
  }

  person(name: string): Person {
    const found = this.#keys.officers.find((officer) => officer.name === name);
    if (found === undefined) throw new RangeError(`no officer ${name}`);
    return found;
  }

  agency(code: string): Agency {
    const found = this.#keys.agencies.find((agency) => agency.code === code);
    if (found === undefined) throw new RangeError(`no agency ${code}`);
    return found;
  }

  /** A port of a process, from its configuration. */
  async url(name: string, port: 'public' | 'private'): Promise<string> {
    const { listen } = (await this.config(name)) as { listen: Record<string, number> };
    return `http://127.0.0.1:${listen[`${port}_port`]}`;
  }

  async config(name: string): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse(await readFile(join(this.data, 'bootstrap', 'config', `${name}.json`), 'utf8'));
  }

  /** The gateway where an agency's officers read. */
  gatewayUrl(agency: Pick<Agency, 'gateway'>): Promise<string> {
    return this.url(`review-${agency.gateway}`, 'public');
  }

  /** A verb under this network's data directory. */
  verb<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
    return done<T>([...args, '--data', this.data]);
  }

  /** A call to the operator's side of delivery. */
  async operator<T>(path: string, body?: object): Promise<T> {
    const response = await fetch(`${await this.url('delivery', 'private')}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${this.#keys.operatorToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Pids of all its processes by name; `postgres` is the postmaster, `supervisor` the command itself. */
  async pids(): Promise<ReadonlyMap<string, number>> {
    const postgres = await postmasterPid(this.data, this.#keys.networkId);
    return new Map([...(await servicePids(this.data)), ...(postgres === null ? [] : [['postgres', postgres] as const])]);
  }

  /** kill -9 of one process. Resolves with its pid once it was told. */
  async kill(name: string): Promise<number> {
    const pid = await until(`${name} runs`, async () => (await this.pids()).get(name));
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Resolves when a service runs again as another process and answers. */
  async returned(name: string, killed: number): Promise<void> {
    const health = `${await this.url(name, 'private')}/health`;
    await until(`${name} is back`, async () => {
      const pid = (await this.pids()).get(name);
      return pid !== undefined && pid !== killed && (await isHealthy(health));
    });
  }

  /** `up` once more on the same data, after it ended or was killed. */
  async startAgain(): Promise<void> {
    await until('the command has ended', () => this.hasEnded);
    const { up, ready } = await bringUp(this.data, (text) => (this.said += text));
    this.#up = up;
    this.#ready = ready;
    this.#listen();
  }

  /** SIGTERM stops everything; the data goes with it unless `keep` says otherwise. Returns the exit code. */
  async stop({ keep = false } = {}): Promise<number | null> {
    if (!this.hasEnded) {
      const ended = new Promise((resolve) => this.#up.once('exit', resolve));
      this.#up.kill('SIGTERM');
      await ended;
    }
    if (!keep) await rm(this.data, { recursive: true, force: true });
    return this.#up.exitCode;
  }

  #listen(): void {
    const take = (chunk: Buffer) => (this.said += chunk.toString('utf8'));
    this.#up.stdout?.on('data', take);
    this.#up.stderr?.on('data', take);
  }
}

async function bringUp(data: string, hear: (text: string) => void): Promise<{ up: ChildProcess; ready: ReadyLine }> {
  const up = startCommand(['up', '--data', data]);
  let words = '';
  const take = (chunk: Buffer) => {
    words += chunk.toString('utf8');
    hear(chunk.toString('utf8'));
  };
  up.stderr?.on('data', take);
  const lines = createInterface({ input: up.stdout as NodeJS.ReadableStream });
  const late = setTimeout(() => up.kill('SIGTERM'), READY_MAX_MS);
  try {
    const ready = await new Promise<ReadyLine>((resolve, reject) => {
      lines.once('line', (line) => resolve(JSON.parse(line) as ReadyLine));
      up.once('exit', (code, signal) => reject(new Error(`countersign up ended (${code ?? signal}): ${words}`)));
    });
    return { up, ready };
  } finally {
    clearTimeout(late);
    lines.close();
    up.stderr?.off('data', take);
    up.stdout?.resume();
  }
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}

/** A network of real processes for the scenario tests: PostgreSQL, a witness, the logbook and delivery. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { EntryType } from '@countersign/custody';
import { type Database, migrate, openDatabase, openPool, provision, type Sql } from '@countersign/db';
import { LogWriter } from '@countersign/service';
import { vi } from 'vitest';
import { Client, type Clock, createClock, MemoryStore, type Store, type Transport } from '../../src/index.ts';
import { wsTransport } from '../../src/node/index.ts';
import { AUTHORITIES, createGenesis, type Genesis, keyOf, NETWORK_ID, ORIGIN, seedOf } from './genesis.ts';
import { ROOT, type ServiceProcess, startProcess } from './process.ts';

// A server and three processes, on a machine that has other work too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const OPERATOR_TOKEN = 'the operator has this token';
const ANYWHERE = { host: '127.0.0.1', public_port: 0, private_port: 0 };

export interface MemberOptions {
  readonly store?: Store;
  readonly transport?: Transport;
  readonly voucher?: string;
  readonly clock?: Clock;
}

export class TestNetwork {
  readonly dir: string;
  readonly genesis: Genesis;
  logbook!: ServiceProcess;
  delivery!: ServiceProcess;
  /** As the delivery role. */
  sql!: Sql;
  readonly #clients: Client[] = [];
  #witness!: ServiceProcess;
  #database!: Database;
  #databaseUrl = '';
  #port: readonly [number, number] = [0, 0];

  private constructor(dir: string, genesis: Genesis) {
    this.dir = dir;
    this.genesis = genesis;
  }

  static async start(changes: { readonly maxEpochAgeS?: number } = {}): Promise<TestNetwork> {
    const dir = await mkdtemp(join(tmpdir(), 'countersign-client-'));
    // The database server runs under another uid.
    await chmod(dir, 0o711);
    const network = new TestNetwork(dir, createGenesis(Math.floor(Date.now() / 1000), changes));
    await Promise.all([network.#startDatabase(), network.#startLog()]);
    await network.#appendGenesis();
    await network.startDelivery();
    await until(async () => (await network.#show(await network.voucher())).ok);
    return network;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#clients.map((client) => client.close()));
    await this.delivery.stop('SIGKILL');
    await this.sql.end({ timeout: 1 });
    await Promise.all([this.logbook.stop('SIGKILL'), this.#witness.stop('SIGKILL'), this.#database.close()]);
    await rm(this.dir, { recursive: true, force: true });
  }

  get url(): string {
    return this.delivery.urls.public as string;
  }

  /** Again on the same ports. */
  async startDelivery(): Promise<void> {
    const [publicPort, privatePort] = this.#port;
    const config = {
      network: this.anchor(this.logbook.urls.public as string),
      listen: { host: '127.0.0.1', public_port: publicPort, private_port: privatePort },
      name: 'delivery-0',
      relay_seed: toHex(seedOf('relay')),
      registrar_seed: toHex(seedOf('registrar')),
      log_private_url: this.logbook.urls.private,
      database_url: this.#databaseUrl,
      dir: join(this.dir, 'delivery'),
      blobs_dir: join(this.dir, 'blobs'),
      operator_token: OPERATOR_TOKEN,
      pages_dir: null,
      annex: toHex(this.genesis.annex),
    };
    this.delivery = await startProcess('delivery', await this.#write('delivery', config));
    this.#port = [portOf(this.delivery.urls.public), portOf(this.delivery.urls.private)];
  }

  async voucher(): Promise<string> {
    const [voucher] = (
      (await this.operator('POST', '/operator/vouchers', { count: 1, territory: 'DE' })) as { vouchers: string[] }
    ).vouchers;
    return voucher as string;
  }

  async operator(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.delivery.urls.private}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${OPERATOR_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }

  /** A member who has enrolled and is online. */
  async member(handle: string, options: MemberOptions = {}): Promise<Client> {
    const client = await Client.enrol({
      ...this.ports(options),
      url: this.url,
      network: this.anchor(this.logbook.urls.public as string),
      vouchers: [options.voucher ?? (await this.voucher())],
      handle,
      consent: () => true,
    });
    return this.online(client);
  }

  ports(options: MemberOptions = {}) {
    return {
      store: options.store ?? new MemoryStore(),
      transport: options.transport ?? wsTransport,
      fetch: globalThis.fetch,
      clock: options.clock ?? createClock(Date.now),
      random: crypto.randomBytes,
    };
  }

  /** Connects and is closed with the network. */
  async online(client: Client): Promise<Client> {
    this.#clients.push(client);
    client.events.on('fault', ({ error }) => console.error(error));
    await client.connect(AbortSignal.timeout(60_000));
    return client;
  }

  anchor(url: string) {
    return {
      network_id: toHex(NETWORK_ID),
      root_key: toHex(keyOf('root')),
      log: { origin: ORIGIN, key: toHex(keyOf('log')), url },
      witnesses: [{ name: 'w1', key: toHex(keyOf('w1')) }],
      witness_w: 1,
    };
  }

  async #startDatabase(): Promise<void> {
    const dataDir = join(this.dir, 'db');
    await mkdir(dataDir);
    await chmod(dataDir, 0o711);
    this.#database = await openDatabase({ dataDir }, crypto.randomBytes);
    const spec = { database: 'delivery', roles: ['delivery'] };
    const { ownerUrl, urls } = await provision(this.#database, spec, crypto.randomBytes);
    await migrate(ownerUrl, join(ROOT, 'services/delivery/migrations'));
    this.#databaseUrl = urls.get('delivery') as string;
    this.sql = openPool(this.#databaseUrl, { name: 'test', connectionsMax: 2 });
  }

  async #startLog(): Promise<void> {
    const logs = [{ origin: ORIGIN, key: toHex(keyOf('log')) }];
    const witness = { listen: ANYWHERE, dir: join(this.dir, 'witness'), name: 'w1', key_seed: toHex(seedOf('w1')), logs };
    this.#witness = await startProcess('witness', await this.#write('witness', witness));
    const config = {
      // Nobody reads the log by this address: delivery's anchor is made when the port is known.
      network: this.anchor('http://127.0.0.1:9'),
      listen: ANYWHERE,
      dir: join(this.dir, 'log'),
      key_seed: toHex(seedOf('log')),
      witness_urls: [this.#witness.urls.public],
      genesis: {
        relay_keys: [toHex(keyOf('relay'))],
        custodian_keys: [1, 2, 3].map((i) => toHex(keyOf(`custodian ${i}`))),
        authorities: AUTHORITIES.map(({ name, roles }) => ({ key: toHex(keyOf(name)), roles })),
      },
      filler_s: 0,
    };
    this.logbook = await startProcess('logbook', await this.#write('logbook', config));
  }

  async #appendGenesis(): Promise<void> {
    const writer = new LogWriter({
      url: this.logbook.urls.private as string,
      seed: seedOf('relay'),
      now: () => Math.floor(Date.now() / 1000),
      random: crypto.randomBytes,
    });
    await writer.append([
      { type: EntryType.custodyKey, payload: this.genesis.custodyKey },
      { type: EntryType.profile, payload: this.genesis.profile },
    ]);
  }

  #show(voucher: string): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(`${this.url}/v1/voucher`, { method: 'POST', headers, body: JSON.stringify({ voucher }) });
  }

  async #write(name: string, config: unknown): Promise<string> {
    const path = join(this.dir, `${name}.json`);
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }
}

function portOf(url: string | undefined): number {
  return Number(new URL(url as string).port);
}

/** Asks again until `isTrue`; fails after `timeoutMs`. */
export async function until(isTrue: () => boolean | Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  await vi.waitUntil(isTrue, { timeout: timeoutMs, interval: 10 });
}

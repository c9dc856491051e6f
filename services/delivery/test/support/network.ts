/** A whole network for the tests: PostgreSQL, a witness and a logbook as real processes, a profile, and delivery processes on ports of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { encode, fromUtf8, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  annexCodec,
  certBodyCodec,
  createOfficerCert,
  createProfile,
  custodyKeyCodec,
  custodyKeyId,
  EntryType,
  objectHash,
  profileCodec,
  signCustodyKey,
} from '@countersign/custody';
import { type Database, migrate, openDatabase, openPool, provision, type Sql } from '@countersign/db';
import { LogWriter } from '@countersign/service';
import { vi } from 'vitest';

// A server, three processes and a ceremony's worth of keys, on a machine that has other work too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

export const seedOf = (name: string): Uint8Array => crypto.sha256(fromUtf8(name));
export const keyOf = (name: string): Uint8Array => crypto.ed25519PublicKey(seedOf(name));
const pointOf = (name: string): Uint8Array => crypto.p256PublicKey(seedOf(name));
export const id16 = (name: string): Uint8Array => seedOf(name).slice(0, 16);
const hex = (name: string): string => toHex(seedOf(name));

export const networkId = id16('network');
const OPERATOR_TOKEN = 'the operator has this token';
const ORIGIN = 'log.example/delivery';
const DAY_S = 86_400;
const START_MAX_MS = 60_000;
const ROOT = new URL('../../../../', import.meta.url).pathname;

export interface Process {
  readonly urls: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
  /** Lines of stderr so far. */
  readonly said: string[];
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a service from its sources and waits for its ready line. */
async function startProcess(service: string, configPath: string): Promise<Process> {
  const main = join(ROOT, 'services', service, 'src/main.ts');
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', main, configPath], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => said.push(line));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const urls = await new Promise<Record<string, string>>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${service} did not get ready: ${said.join('\n')}`)), START_MAX_MS);
    child.once('exit', () => reject(new Error(`${service} ended: ${said.join('\n')}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', (line) => {
      clearTimeout(timer);
      resolve((JSON.parse(line) as { urls: Record<string, string> }).urls);
    });
  });
  return {
    urls,
    child,
    said,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

export interface NetworkOptions {
  readonly profile?: { readonly epochGraceS?: number; readonly maxEpochAgeS?: number };
  readonly processes?: number;
}

export class TestNetwork {
  readonly dir: string;
  readonly delivery: Process[] = [];
  logbook!: Process;
  database!: Database;
  /** As the delivery role. */
  sql!: Sql;
  databaseUrl = '';
  readonly profile: Uint8Array;
  readonly custodyKey = createCustodyKey();
  readonly annex = encode(annexCodec, ANNEX);
  #witness!: Process;

  private constructor(dir: string, profile: NetworkOptions['profile'] = {}) {
    this.dir = dir;
    this.profile = createProfileBytes(this.custodyKey, profile);
  }

  static async start(options: NetworkOptions = {}): Promise<TestNetwork> {
    const dir = await mkdtemp(join(tmpdir(), 'countersign-delivery-'));
    await chmod(dir, 0o711);
    const network = new TestNetwork(dir, options.profile);
    await Promise.all([network.#startDatabase(), network.#startLog()]);
    await network.#genesis();
    const names = Array.from({ length: options.processes ?? 1 }, (_, i) => `delivery-${i}`);
    await Promise.all(names.map((name) => network.startDelivery(name)));
    await network.untilReady();
    return network;
  }

  async stop(): Promise<void> {
    await Promise.all(this.delivery.map((one) => one.stop('SIGKILL')));
    await this.sql.end({ timeout: 1 });
    await Promise.all([this.logbook.stop('SIGKILL'), this.#witness.stop('SIGKILL'), this.database.close()]);
    await rm(this.dir, { recursive: true, force: true });
  }

  get anchor() {
    return this.#anchorAt(this.logbook.urls.public as string);
  }

  /** Each process has a relay key of its own; the name decides it. */
  async startDelivery(name: string, ports: readonly [number, number] = [0, 0]): Promise<Process> {
    const config = {
      network: this.anchor,
      listen: { host: '127.0.0.1', public_port: ports[0], private_port: ports[1] },
      name,
      relay_seed: hex(`relay ${name}`),
      registrar_seed: hex('registrar'),
      log_private_url: this.logbook.urls.private,
      database_url: this.databaseUrl,
      dir: join(this.dir, name),
      blobs_dir: join(this.dir, 'blobs'),
      operator_token: OPERATOR_TOKEN,
      pages_dir: null,
      annex: toHex(this.annex),
    };
    const started = await startProcess('delivery', await this.#write(name, config));
    this.delivery.push(started);
    return started;
  }

  async operator(method: string, path: string, body?: unknown): Promise<unknown> {
    const url = (this.delivery.at(-1) as Process).urls.private;
    const response = await fetch(`${url}${path}`, {
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

  async vouchers(count: number, territory = 'DE'): Promise<string[]> {
    return ((await this.operator('POST', '/operator/vouchers', { count, territory })) as { vouchers: string[] }).vouchers;
  }

  /** Appends as somebody of the genesis. */
  writer(seedName: string): LogWriter {
    return new LogWriter({
      url: this.logbook.urls.private as string,
      seed: seedOf(seedName),
      now: () => Math.floor(Date.now() / 1000),
      random: crypto.randomBytes,
    });
  }

  /** Until every process has read the profile: a voucher can then be looked at. */
  async untilReady(): Promise<void> {
    const [voucher] = await this.vouchers(1);
    for (const { urls } of this.delivery) {
      await until(async () => {
        const response = await fetch(`${urls.public}/v1/voucher`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ voucher }),
        });
        return response.ok;
      });
    }
  }

  async #startDatabase(): Promise<void> {
    const dataDir = join(this.dir, 'db');
    await mkdir(dataDir);
    await chmod(dataDir, 0o711);
    this.database = await openDatabase({ dataDir }, crypto.randomBytes);
    const { ownerUrl, urls } = await provision(this.database, { database: 'delivery', roles: ['delivery'] }, crypto.randomBytes);
    await migrate(ownerUrl, join(ROOT, 'services/delivery/migrations'));
    this.databaseUrl = urls.get('delivery') as string;
    this.sql = openPool(this.databaseUrl, { name: 'test', connectionsMax: 2 });
  }

  async #startLog(): Promise<void> {
    const listen = { host: '127.0.0.1', public_port: 0, private_port: 0 };
    const logs = [{ origin: ORIGIN, key: toHex(keyOf('log')) }];
    const witness = { listen, dir: join(this.dir, 'witness'), name: 'w1', key_seed: hex('w1'), logs };
    this.#witness = await startProcess('witness', await this.#write('witness', witness));
    const config = {
      // Nobody reads the log by the anchor's address here but delivery, whose anchor is made later.
      network: this.#anchorAt('http://127.0.0.1:9'),
      listen,
      dir: join(this.dir, 'log'),
      key_seed: hex('log'),
      witness_urls: [this.#witness.urls.public],
      genesis: {
        relay_keys: [toHex(keyOf('relay delivery-0'))],
        custodian_keys: [1, 2, 3].map((i) => toHex(keyOf(`custodian ${i}`))),
        authorities: AUTHORITIES.map(({ name, roles }) => ({ key: toHex(keyOf(name)), roles })),
      },
      filler_s: 0,
    };
    this.logbook = await startProcess('logbook', await this.#write('logbook', config));
  }

  async #genesis(): Promise<void> {
    await this.writer('relay delivery-0').append([
      { type: EntryType.custodyKey, payload: encode(custodyKeyCodec, this.custodyKey) },
      { type: EntryType.profile, payload: this.profile },
    ]);
    await this.certifyGateway('gateway');
  }

  async certifyGateway(name: string): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    const cert = createOfficerCert(
      {
        networkId,
        officerId: id16(name),
        organisationId: id16('agency'),
        roles: [7],
        alg: 3,
        key: { sigKey: keyOf(name), hpkeKey: pointOf(`${name} hpke`) },
        from: BigInt(now - DAY_S),
        to: BigInt(now + 100 * DAY_S),
      },
      seedOf('gateways'),
    );
    await this.writer('gateways').append([{ type: EntryType.cert, payload: encode(certBodyCodec, { kind: 2, cert }) }]);
  }

  #anchorAt(url: string) {
    return {
      network_id: toHex(networkId),
      root_key: toHex(keyOf('root')),
      log: { origin: ORIGIN, key: toHex(keyOf('log')), url },
      witnesses: [{ name: 'w1', key: toHex(keyOf('w1')) }],
      witness_w: 1,
    };
  }

  async #write(name: string, config: unknown): Promise<string> {
    const path = join(this.dir, `${name}.json`);
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }
}

const AUTHORITIES = [
  { name: 'registrar', roles: [6] },
  { name: 'justice', roles: [1, 2, 3, 4, 5] },
  { name: 'gateways', roles: [7] },
];

const ANNEX = {
  purposes: [{ purpose: 1, name: fromUtf8('threat_to_life') }],
  agencies: [{ agencyId: id16('agency'), territory: 'DE', name: fromUtf8('agency'), organisations: [id16('court')] }],
};

const today = Math.floor(Date.now() / 1000 / DAY_S);

/** Made by a dealer: delivery sees only its public side. */
function createCustodyKey() {
  const Y = pointOf('custody');
  const fromDay = today - 10;
  const custodians = [1, 2, 3].map((index) => {
    const point = pointOf(`share ${index}`);
    return {
      index,
      name: fromUtf8(`custodian ${index}`),
      Yi: Uint8Array.of(2 + ((point[64] as number) % 2), ...point.subarray(1, 33)),
      sigKey: keyOf(`custodian ${index}`),
      hpkeKey: pointOf(`custodian hpke ${index}`),
    };
  });
  const id = custodyKeyId(networkId, fromDay, Y);
  const body = {
    networkId,
    fromDay,
    Y,
    custodyKeyId: id,
    t: 2,
    n: 3,
    shareGen: 1,
    custodians,
    transcriptHash: seedOf('transcript'),
  };
  const signers = ['custodian 1', 'custodian 2', 'custodian 3', 'root'];
  return { ...body, sigs: signers.map((name) => signCustodyKey(body, seedOf(name))) };
}

function createProfileBytes(
  key: ReturnType<typeof createCustodyKey>,
  changes: NonNullable<NetworkOptions['profile']>,
): Uint8Array {
  const now = Math.floor(Date.now() / 1000);
  const body = {
    networkId,
    profileSeq: 1,
    issued: BigInt(now - DAY_S),
    validTo: BigInt(now + 100 * DAY_S),
    prevProfile: new Uint8Array(32),
    mlsSuite: 1,
    pq: 0,
    dayZero: today - 10,
    custodyKeys: [{ custodyKeyId: key.custodyKeyId, Y: key.Y, fromDay: today - 10, toDay: today + 100 }],
    relayKeys: [keyOf('relay delivery-0'), keyOf('relay delivery-1'), keyOf('log')],
    logOrigin: fromUtf8(ORIGIN),
    logKey: keyOf('log'),
    witnesses: [{ name: fromUtf8('w1'), key: keyOf('w1') }],
    witnessW: 1,
    authorities: AUTHORITIES.map(({ name, roles }) => ({
      authorityId: id16(name),
      key: keyOf(name),
      hpkeKey: pointOf(`${name} hpke`),
      roles,
    })),
    limits: {
      maxLifetimeS: [7_776_000, 2_592_000, 172_800, 15_552_000],
      noticeMaxS: 31_536_000,
      emergencyReviewS: 86_400,
      maxSubjects: 20,
      rules: [{ kind: 1, breadth: 1, required: [{ role: 1, m: 1 }] }],
    },
    skewS: 600,
    epochGraceS: changes.epochGraceS ?? 300,
    maxEpochAgeS: changes.maxEpochAgeS ?? 604_800,
    checkpointMaxAgeS: 600,
    retentionDays: 365,
    purposeAnnex: objectHash(annexCodec, ANNEX),
  };
  return encode(profileCodec, createProfile(body, seedOf('root')));
}

/** Asks again until `isTrue`; fails after `timeoutMs`. */
export async function until(isTrue: () => boolean | Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('the awaited state did not come');
    await new Promise((resume) => setImmediate(resume));
  }
}

/**
 * A town for the stories: PostgreSQL, witness, logbook, three custodians with a key from a real ceremony, delivery, and a joint centre for
 * two agencies, each a process of its own; members are real clients. Long because a network has many parts, and each story needs all of them.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compare, concat, encode, fromHex, fromUtf8, toHex } from '@countersign/bytes';
import { Client, createClock, MemoryStore } from '@countersign/client';
import { wsTransport } from '@countersign/client/node';
import { crypto } from '@countersign/crypto';
import {
  annexCodec,
  authorisationCodec,
  certBodyCodec,
  createAuthorisation,
  createOfficerCert,
  createProfile,
  createReleaseRequest,
  createRevocation,
  Decision,
  deriveSummary,
  EntryType,
  type OfficerKey,
  type Order,
  objectHash,
  orderCodec,
  orderHash,
  orderSummaryCodec,
  profileCodec,
  releaseRequestCodec,
  revocationCodec,
  signCustodyKey,
} from '@countersign/custody';
import { type Database, migrate, openDatabase, openPool, provision, type Sql } from '@countersign/db';
import { type AppendedEntry, Fields, LogMirror, LogWriter, parseNetwork, postOpenings, runCeremony } from '@countersign/service';
import { deriveKeyPair } from '@countersign/threshold';
import { createSessionProof } from '@countersign/wire';
import { vi } from 'vitest';
import { eventually, freePort, type Process, startProcess } from './processes.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 400_000 });

const ROOT = resolve(import.meta.dirname, '../../../..');
const ORIGIN = 'log.example/town';
const HOST = '127.0.0.1';
export const nowS = (): number => Math.floor(Date.now() / 1000);
const today = (): number => Math.floor(nowS() / 86_400);
const FROM = BigInt(nowS() - 40 * 86_400);
const TO = BigInt(nowS() + 365 * 86_400);

const seedOf = (name: string): Uint8Array => crypto.sha256(fromUtf8(name));
export const keyOf = (name: string): Uint8Array => crypto.ed25519PublicKey(seedOf(name));
const id16 = (name: string): Uint8Array => seedOf(`${name} id`).slice(0, 16);
const hex = (name: string): string => toHex(seedOf(name));

const networkId = id16('network');
const reader = deriveKeyPair(seedOf('joint hpke'));
/** Two agencies at one joint centre, so with one reader key. */
export const agencies = { de: id16('agency de'), us: id16('agency us') };
const COURT = id16('court');

const ANNEX = {
  purposes: [
    { purpose: 1, name: fromUtf8('threat_to_life') },
    { purpose: 2, name: fromUtf8('narcotics') },
  ],
  agencies: (
    [
      [agencies.de, 'DE'],
      [agencies.us, 'US'],
    ] as const
  )
    .map(([agencyId, territory]) => ({ agencyId, territory, name: fromUtf8(territory), organisations: [COURT] }))
    .sort((a, b) => compare(a.agencyId, b.agencyId)),
};

const AUTHORITIES = [
  { name: 'registrar', roles: [6] },
  { name: 'justice', roles: [1, 2, 3, 4, 5] },
  { name: 'gateways', roles: [7] },
];

export class Town {
  dir = '';
  delivery!: Process;
  review!: Process;
  sql!: Sql;
  mirror!: LogMirror;
  readonly custodians: Process[] = [];
  readonly #processes: Process[] = [];
  readonly #writers = new Map<string, LogWriter>();
  readonly #clients: Client[] = [];
  #database!: Database;
  #logPrivate = '';
  #network: Record<string, unknown> = {};
  #reviewConfig: Record<string, unknown> = {};

  async open(): Promise<void> {
    this.dir = await mkdtemp(join(tmpdir(), 'countersign-review-'));
    await chmod(this.dir, 0o711);
    await Promise.all([this.#startDatabase(), this.#startCustody()]);
    await this.#found();
    await this.#startServices();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.mirror?.stop();
    await Promise.all(this.#processes.map((one) => one.end('SIGKILL')));
    await this.sql?.end({ timeout: 1 });
    await this.#database?.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  // --- The network ---

  async #startDatabase(): Promise<void> {
    const dataDir = join(this.dir, 'db');
    await mkdir(dataDir);
    await chmod(dataDir, 0o711);
    this.#database = await openDatabase({ dataDir }, crypto.randomBytes);
  }

  async #databaseOf(service: string, name: string): Promise<string> {
    const { ownerUrl, urls } = await provision(this.#database, { database: name, roles: [name] }, crypto.randomBytes);
    await migrate(ownerUrl, join(ROOT, 'services', service, 'migrations'));
    return urls.get(name) as string;
  }

  async #start(service: string, name: string, config: object): Promise<Process> {
    const started = await startProcess(service, this.dir, name, config);
    this.#processes.push(started);
    return started;
  }

  async #startCustody(): Promise<void> {
    const [logPublic, logPrivate] = [await freePort(), await freePort()];
    this.#logPrivate = `http://${HOST}:${logPrivate}`;
    this.#network = {
      network_id: toHex(networkId),
      root_key: toHex(keyOf('root')),
      log: { origin: ORIGIN, key: toHex(keyOf('log')), url: `http://${HOST}:${logPublic}` },
      witnesses: [{ name: 'w1', key: toHex(keyOf('w1')) }],
      witness_w: 1,
      annex: toHex(encode(annexCodec, ANNEX)),
    };
    const listen = { host: HOST, public_port: 0, private_port: 0 };
    const logs = [{ origin: ORIGIN, key: toHex(keyOf('log')) }];
    const witness = this.#start('witness', 'witness', {
      listen,
      dir: join(this.dir, 'witness'),
      name: 'w1',
      key_seed: hex('w1'),
      logs,
    });
    const custodians = await Promise.all(
      [1, 2, 3].map((index) =>
        this.#start('custodian', `custodian-${index}`, {
          network: this.#network,
          listen,
          dir: join(this.dir, `custodian-${index}`),
          index,
          name: `custodian ${index}`,
          passphrase: `the passphrase of custodian ${index}`,
          log_private_url: this.#logPrivate,
          human: { id: toHex(id16(`human ${index}`)), key: toHex(keyOf(`human ${index}`)) },
        }),
      ),
    );
    this.custodians.push(...custodians);
    const sigKeys = await Promise.all(
      custodians.map(
        async ({ urls }) => ((await (await fetch(`${urls.private}/v1/status`)).json()) as { sig_key: string }).sig_key,
      ),
    );
    await this.#start('logbook', 'logbook', {
      network: this.#network,
      listen: { host: HOST, public_port: logPublic, private_port: logPrivate },
      dir: join(this.dir, 'log'),
      key_seed: hex('log'),
      witness_urls: [(await witness).urls.public],
      filler_s: 0,
      genesis: {
        relay_keys: [toHex(keyOf('relay'))],
        custodian_keys: sigKeys,
        authorities: AUTHORITIES.map(({ name, roles }) => ({ key: toHex(keyOf(name)), roles })),
      },
    });
    this.mirror = await LogMirror.open({ anchor: parseNetwork(new Fields(this.#network)), dir: null, now: nowS });
    this.mirror.start();
  }

  async #found(): Promise<void> {
    const { custodyKey, bytes } = await runCeremony({
      networkId,
      fromDay: today() - 30,
      t: 2,
      members: this.custodians.map(({ urls }, i) => ({
        url: urls.private as string,
        human: { id: id16(`human ${i + 1}`), seed: seedOf(`human ${i + 1}`) },
      })),
      signAsRoot: (body) => signCustodyKey(body, seedOf('root')),
      confirm: () => true,
      random: crypto.randomBytes,
      nowMs: Date.now,
    });
    await this.writer('relay').append([{ type: EntryType.custodyKey, payload: bytes }]);
    const { custodyKeyId, Y, fromDay } = custodyKey;
    const profile = createProfile(
      {
        networkId,
        profileSeq: 1,
        issued: FROM,
        validTo: TO,
        prevProfile: new Uint8Array(32),
        mlsSuite: 1,
        pq: 0,
        dayZero: today() - 30,
        custodyKeys: [{ custodyKeyId, Y, fromDay, toDay: today() + 100 }],
        relayKeys: [keyOf('relay')],
        logOrigin: fromUtf8(ORIGIN),
        logKey: keyOf('log'),
        witnesses: [{ name: fromUtf8('w1'), key: keyOf('w1') }],
        witnessW: 1,
        authorities: AUTHORITIES.map(({ name, roles }) => ({
          authorityId: id16(name),
          key: keyOf(name),
          hpkeKey: deriveKeyPair(seedOf(`${name} hpke`)).publicKey,
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
        epochGraceS: 300,
        maxEpochAgeS: 604_800,
        checkpointMaxAgeS: 600,
        retentionDays: 365,
        purposeAnnex: objectHash(annexCodec, ANNEX),
      },
      seedOf('root'),
    );
    await this.writer('relay').append([{ type: EntryType.profile, payload: encode(profileCodec, profile) }]);
    await this.certify('judge', COURT, [1], { alg: 1, key: keyOf('judge') });
    await this.certify('reviewer', COURT, [5], { alg: 1, key: keyOf('reviewer') });
    for (const [name, agencyId] of Object.entries(agencies)) {
      await this.certify(`officer ${name}`, agencyId, [4], { alg: 1, key: keyOf(`officer ${name}`) });
      const key = { sigKey: keyOf('joint'), hpkeKey: reader.publicKey };
      await this.certify(`gateway ${name}`, agencyId, [7], { alg: 3, key }, 'gateways');
    }
  }

  async certify(
    name: string,
    organisationId: Uint8Array,
    roles: number[],
    key: OfficerKey,
    authority = 'justice',
  ): Promise<void> {
    const cert = createOfficerCert(
      { networkId, officerId: id16(name), organisationId, roles, ...key, from: FROM, to: TO },
      seedOf(authority),
    );
    await this.writer(authority).append([{ type: EntryType.cert, payload: encode(certBodyCodec, { kind: 2, cert }) }]);
  }

  async #startServices(): Promise<void> {
    const listen = { host: HOST, public_port: 0, private_port: 0 };
    this.delivery = await this.#start('delivery', 'delivery', {
      network: this.#network,
      listen,
      name: 'delivery-0',
      relay_seed: hex('relay'),
      registrar_seed: hex('registrar'),
      log_private_url: this.#logPrivate,
      database_url: await this.#databaseOf('delivery', 'delivery'),
      dir: join(this.dir, 'delivery'),
      blobs_dir: join(this.dir, 'blobs'),
      operator_token: 'the operator of the town',
      pages_dir: null,
      annex: toHex(encode(annexCodec, ANNEX)),
    });
    const databaseUrl = await this.#databaseOf('review', 'review_joint');
    this.sql = openPool(databaseUrl, { name: 'test', connectionsMax: 2 });
    this.#reviewConfig = {
      network: this.#network,
      listen,
      name: 'joint',
      agencies: [toHex(agencies.de), toHex(agencies.us)],
      gateway_id: toHex(id16('gateway de')),
      sig_seed: hex('joint'),
      hpke_secret: toHex(reader.secretKey),
      log_private_url: this.#logPrivate,
      delivery_private_url: this.delivery.urls.private,
      custodian_urls: this.custodians.map(({ urls }) => urls.private),
      database_url: databaseUrl,
      dir: join(this.dir, 'review'),
      passphrase: 'the passphrase of the joint centre',
      pages_dir: null,
    };
    await this.startReview();
  }

  async startReview(): Promise<void> {
    this.review = await this.#start('review', 'review', this.#reviewConfig);
  }

  /** The notice service of this town, whose authority `justice` holds role 3. */
  async startNotices(): Promise<Process> {
    const response = await this.#vouchers('DE');
    return this.#start('notices', 'notices', {
      network: this.#network,
      listen: { host: HOST, private_port: 0 },
      oversight_seed: hex('justice'),
      oversight_hpke_secret: toHex(deriveKeyPair(seedOf('justice hpke')).secretKey),
      log_private_url: this.#logPrivate,
      delivery_url: this.delivery.urls.public,
      home: join(this.dir, 'notices'),
      vouchers: response.join(','),
    });
  }

  writer(actor: string): LogWriter {
    const known = this.#writers.get(actor);
    if (known !== undefined) return known;
    const writer = new LogWriter({ url: this.#logPrivate, seed: seedOf(actor), now: nowS, random: crypto.randomBytes });
    this.#writers.set(actor, writer);
    return writer;
  }

  // --- Members ---

  async #vouchers(territory: string): Promise<string[]> {
    const response = await fetch(`${this.delivery.urls.private}/operator/vouchers`, {
      method: 'POST',
      headers: { authorization: 'Bearer the operator of the town', 'content-type': 'application/json' },
      body: JSON.stringify({ count: 1, territory }),
    });
    return ((await response.json()) as { vouchers: string[] }).vouchers;
  }

  async member(handle: string, territory = 'DE'): Promise<Client> {
    const vouchers = await this.#vouchers(territory);
    const client = await Client.enrol({
      url: this.delivery.urls.public as string,
      store: new MemoryStore(),
      transport: wsTransport,
      fetch,
      clock: createClock(Date.now),
      random: crypto.randomBytes,
      vouchers,
      handle,
      consent: () => true,
    });
    await client.connect(AbortSignal.timeout(30_000));
    this.#clients.push(client);
    return client;
  }

  // --- Orders ---

  /** Logs the order, its summary and the judge's approval, with their openings; returns what a gateway is given. */
  async issue(order: Order): Promise<object> {
    const body = {
      orderHash: orderHash(order),
      officerId: id16('judge'),
      role: 1,
      decision: Decision.approve,
      time: BigInt(nowS()),
    };
    const authorisation = createAuthorisation(body, seedOf('judge'));
    const entries = await this.#orderEntries(order, [
      [EntryType.order, encode(orderCodec, order)],
      [EntryType.statement, objectHash(orderSummaryCodec, deriveSummary(order))],
      [EntryType.authorisation, encode(authorisationCodec, authorisation)],
    ]);
    return {
      openings: entries.map(({ index, salt, payload }) => ({ index: String(index), salt: toHex(salt), payload: toHex(payload) })),
    };
  }

  async #orderEntries(order: Order, items: readonly (readonly [EntryType, Uint8Array])[]): Promise<AppendedEntry[]> {
    const entries: AppendedEntry[] = [];
    for (const [type, body] of items) {
      const item = { type, handle: order.orderId, noticeBy: order.notifyBy, body };
      entries.push(...(await this.writer('judge').append([item])));
    }
    const limit = AbortSignal.timeout(20_000);
    await this.mirror.waitForSize(Number(entries.at(-1)?.index) + 1, limit);
    await postOpenings(this.#logPrivate, entries, this.mirror.directory.openingRecipients(), crypto.randomBytes, limit);
    return entries;
  }

  async submit(openings: object): Promise<{ status: number; json: Record<string, unknown> }> {
    return this.call('/v1/orders', { body: openings });
  }

  async revoke(order: Order): Promise<void> {
    const body = { orderHash: orderHash(order), officerId: id16('reviewer'), role: 5, reason: 1, time: BigInt(nowS()) };
    const payload = encode(revocationCodec, createRevocation(body, seedOf('reviewer')));
    await this.writer('reviewer').append([{ type: EntryType.orderRevoked, handle: order.orderId, payload }]);
  }

  /** The humans of these custodians decide as soon as the order has reached them. */
  async decide(order: Order, indices: readonly number[] = [1, 2, 3]): Promise<void> {
    for (const index of indices) {
      const url = this.custodians[index - 1]?.urls.private as string;
      const identity = { audience: 'custodian', networkId, id: id16(`human ${index}`), seed: seedOf(`human ${index}`) } as const;
      const token = await openSession(url, identity);
      await eventually(async () => {
        const answer = await fetch(`${url}/v1/orders/${toHex(order.orderId)}/decision`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ decision: 'approve' }),
        });
        return answer.ok ? true : null;
      });
    }
  }

  // --- Officers ---

  async officer(name: 'de' | 'us'): Promise<string> {
    const identity = { audience: 'review', networkId, id: id16(`officer ${name}`), seed: seedOf(`officer ${name}`) } as const;
    return openSession(this.review.urls.public as string, identity);
  }

  async call(
    path: string,
    options: { token?: string; body?: unknown } = {},
  ): Promise<{ status: number; json: Record<string, unknown> }> {
    const { token, body } = options;
    const answer = await fetch(`${this.review.urls.public}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  }

  /** The feed up to now. */
  async feed(token: string, query = ''): Promise<Record<string, unknown>[]> {
    const answer = await fetch(`${this.review.urls.public}/v1/feed?live=0${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(await answer.text());
    const lines = (await answer.text()).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async evidence(token: string, body: object): Promise<Uint8Array> {
    const answer = await fetch(`${this.review.urls.public}/v1/evidence`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** An officer signs a release request over the scopes that the gateway names. */
  async requestAll(name: 'de' | 'us', token: string, order: Order): Promise<number> {
    const { json } = await this.call(`/v1/orders/${toHex(order.orderId)}/scopes`, { token });
    const grantIds = (json.grant_ids as string[]).map(fromHex);
    if (grantIds.length === 0) return 0;
    const request = createReleaseRequest(
      {
        requestId: crypto.randomBytes(16),
        orderHash: orderHash(order),
        agencyId: agencies[name],
        purpose: json.purpose as number,
        officerId: id16(`officer ${name}`),
        grantIds,
        time: BigInt(nowS()),
      },
      seedOf(`officer ${name}`),
    );
    const body = { request: toHex(encode(releaseRequestCodec, request)) };
    const { status } = await this.call(`/v1/orders/${toHex(order.orderId)}/requests`, { token, body });
    if (status !== 200) throw new Error(`status ${status}`);
    return grantIds.length;
  }
}

async function openSession(
  url: string,
  identity: { audience: 'review' | 'custodian'; networkId: Uint8Array; id: Uint8Array; seed: Uint8Array },
): Promise<string> {
  const proof = createSessionProof({ ...identity, nowMs: Date.now() }, crypto.randomBytes);
  const authorization = `Proof ${Buffer.from(proof).toString('base64url')}`;
  const answer = await fetch(`${url}/v1/session`, { method: 'POST', headers: { authorization } });
  const { token } = (await answer.json()) as { token?: string };
  if (token === undefined) throw new Error(`no session: ${answer.status}`);
  return token;
}

/** A live warrant on what the account sends from now on, read by both agencies. */
export function liveWarrant(account: string, changes: Partial<Order> = {}): Order {
  const now = nowS();
  return {
    networkId,
    orderId: crypto.randomBytes(16),
    kind: 1,
    legalBasisHash: seedOf('legal basis'),
    legalReference: fromUtf8('Act 12, s. 4'),
    subjects: [{ type: 1, accountId: fromHex(account) }],
    excludedTerritories: [],
    excludedAccounts: [],
    dataClasses: 2,
    readers: readersOf([]),
    mode: 2,
    dayFrom: today(),
    dayTo: today() + 1,
    notBefore: BigInt(now),
    expires: BigInt(86_400 * (today() + 3)),
    maxGrants: 100,
    notifyBy: BigInt(now + 7_776_000),
    reviewBy: 0n,
    required: [{ role: 1, m: 1 }],
    ...changes,
  };
}

/** Both agencies; the American one may leave out territories. */
function readersOf(excludedForUs: readonly string[]): Order['readers'] {
  return [
    { agencyId: agencies.de, readerHpkeKey: reader.publicKey, purposes: [2], excludedTerritories: [] },
    { agencyId: agencies.us, readerHpkeKey: reader.publicKey, purposes: [1, 2], excludedTerritories: [...excludedForUs] },
  ].sort((a, b) => compare(concat(a.agencyId), concat(b.agencyId)));
}

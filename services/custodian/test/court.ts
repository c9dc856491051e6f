/**
 * A network for the stories: a logbook and a witness as processes, custodians that make their key in a real ceremony, a court that logs
 * orders with their openings, a gateway that asks. Keys come from fixed names, the clock is the machine's.
 * Long because one network is described here, whole.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { concat, encode, fromUtf8, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  type Annex,
  annexCodec,
  authorisationCodec,
  type CustodyKey,
  certBodyCodec,
  createAuthorisation,
  createDeviceCert,
  createDeviceTerritory,
  createGrant,
  createOfficerCert,
  createProfile,
  createReleaseRequest,
  createRevocation,
  createRoster,
  Decision,
  deriveSummary,
  deviceTerritoryCodec,
  EntryType,
  grantCodec,
  type OfficerKey,
  type Order,
  objectHash,
  orderCodec,
  orderHash,
  orderSummaryCodec,
  profileCodec,
  type ReleaseRequest,
  releaseRequestCodec,
  revocationCodec,
  rosterCodec,
  rosterHandle,
  type Scope,
  signCustodyKey,
} from '@countersign/custody';
import {
  type AppendedEntry,
  credentialHeaders,
  Fields,
  type FinishedCustodyKey,
  LogMirror,
  LogWriter,
  parseNetwork,
  postOpenings,
  type Running,
  runCeremony,
  type ServiceContext,
} from '@countersign/service';
import { deriveKeyPair } from '@countersign/threshold';
import { createSessionProof, custodianFrames } from '@countersign/wire';
import { vi } from 'vitest';
import { parseConfig, startCustodian } from '../src/index.ts';
import { freePort, type Started, startProcess } from './processes.ts';

// Real processes on a machine that does other things too.
vi.setConfig({ testTimeout: 120_000 });

export function bytesOf(name: string, length = 32): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 0; 32 * i < length; i++) blocks.push(crypto.sha256(fromUtf8(`${name} ${i}`)));
  return concat(...blocks).slice(0, length);
}
const publicKeyOf = (name: string): Uint8Array => crypto.ed25519PublicKey(bytesOf(name));
export const nowS = (): number => Math.floor(Date.now() / 1000);

export const DAY = Math.floor(nowS() / 86_400);
export const networkId = bytesOf('network', 16);
const ORIGIN = 'log.example/ac1';
const FROM = BigInt(nowS() - 40 * 86_400);
const TO = BigInt(nowS() + 365 * 86_400);
const quiet = { info() {}, warn() {}, error() {}, fatal() {}, debug() {} } as unknown as ServiceContext['log'];

export const agency = { id: bytesOf('agency', 16), court: bytesOf('court', 16), gateway: deriveKeyPair(bytesOf('gateway')) };
const annex: Annex = {
  purposes: [{ purpose: 2, name: fromUtf8('narcotics') }],
  agencies: [{ agencyId: agency.id, territory: 'DE', name: fromUtf8('Federal agency'), organisations: [agency.court] }],
};
export const device = { id: bytesOf('device', 16), account: bytesOf('account', 16), envSeed: bytesOf('device env') };
const groupId = bytesOf('group', 16);

/** The human of a custodian. */
const humanOf = (name: string) => ({ id: bytesOf(`${name} human id`, 16), seed: bytesOf(`${name} human`) });

export interface TestCustodian {
  readonly name: string;
  readonly config: Record<string, unknown>;
  url: string;
  running: Running | null;
  /** Added to the clock of a custodian in this process. */
  clockMs: number;
}

export interface Sent {
  readonly scope: Scope;
  readonly grant: ReturnType<typeof createGrant>['grant'];
  readonly grantId: Uint8Array;
  readonly K: Uint8Array;
  readonly grantEntry: AppendedEntry;
  readonly rosterEntry: AppendedEntry;
  readonly roster: Uint8Array;
}

export class Court {
  readonly dir = mkdtempSync(join(tmpdir(), 'custodian-'));
  readonly custodians: TestCustodian[] = [];
  readonly #writers = new Map<string, LogWriter>();
  logbook: Started | null = null;
  witness: Started | null = null;
  mirror: LogMirror | null = null;
  custody: FinishedCustodyKey | null = null;
  privateUrl = '';
  network: Record<string, unknown> = {};
  #epoch = 0n;

  /** Custodians first, without a log; then the log that knows their keys. */
  async open(names: readonly string[]): Promise<void> {
    const [logPublic, logPrivate, witnessPort] = [await freePort(), await freePort(), await freePort()];
    this.privateUrl = `http://127.0.0.1:${logPrivate}`;
    this.network = {
      network_id: toHex(networkId),
      root_key: toHex(publicKeyOf('root')),
      log: { origin: ORIGIN, key: toHex(publicKeyOf('log')), url: `http://127.0.0.1:${logPublic}` },
      witnesses: [{ name: 'w1', key: toHex(publicKeyOf('w1')) }],
      witness_w: 1,
      annex: toHex(encode(annexCodec, annex)),
    };
    for (const [i, name] of names.entries()) this.custodians.push(await this.#startCustodian(name, i + 1));
    const sigKeys = await Promise.all(this.custodians.map(async ({ url }) => (await statusOf(url)).sig_key));
    this.witness = await startProcess('witness', this.dir, {
      dir: join(this.dir, 'witness'),
      name: 'w1',
      key_seed: toHex(bytesOf('w1')),
      logs: [{ origin: ORIGIN, key: toHex(publicKeyOf('log')) }],
      listen: { public_port: witnessPort, private_port: 0 },
    });
    this.logbook = await startProcess('logbook', this.dir, {
      network: this.network,
      dir: join(this.dir, 'log'),
      key_seed: toHex(bytesOf('log')),
      witness_urls: [this.witness.urls.public],
      filler_s: 0,
      listen: { public_port: logPublic, private_port: logPrivate },
      genesis: {
        relay_keys: [toHex(publicKeyOf('relay'))],
        custodian_keys: sigKeys,
        authorities: [
          { key: toHex(publicKeyOf('justice')), roles: [1, 2, 3, 4, 5] },
          { key: toHex(publicKeyOf('registrar')), roles: [6] },
          { key: toHex(publicKeyOf('gateways')), roles: [7] },
        ],
      },
    });
    this.mirror = await LogMirror.open({ anchor: parseNetwork(new Fields(this.network)), dir: null, now: nowS });
    this.mirror.start();
  }

  async #startCustodian(name: string, index: number): Promise<TestCustodian> {
    const { id, seed } = humanOf(name);
    const config = {
      network: this.network,
      listen: { private_port: 0 },
      dir: join(this.dir, name),
      index,
      name,
      passphrase: `the passphrase of ${name}`,
      log_private_url: this.privateUrl,
      human: { id: toHex(id), key: toHex(crypto.ed25519PublicKey(seed)) },
    };
    const custodian: TestCustodian = { name, config, url: '', running: null, clockMs: 0 };
    await this.startInProcess(custodian);
    return custodian;
  }

  async startInProcess(custodian: TestCustodian): Promise<void> {
    const nowMs = () => Date.now() + custodian.clockMs;
    custodian.running = await startCustodian(parseConfig(custodian.config), { log: quiet, nowMs, random: crypto.randomBytes });
    custodian.url = custodian.running.urls.private as string;
  }

  /** One custodian more, without a seat in any key yet. */
  async addCustodian(name: string): Promise<TestCustodian> {
    const custodian = await this.#startCustodian(name, this.custodians.length + 1);
    this.custodians.push(custodian);
    return custodian;
  }

  async close(): Promise<void> {
    await this.mirror?.stop();
    for (const custodian of this.custodians) await custodian.running?.stop();
    await this.logbook?.end('SIGTERM');
    await this.witness?.end('SIGTERM');
    rmSync(this.dir, { recursive: true, force: true });
  }

  party({ url, name }: TestCustodian) {
    return { url, human: humanOf(name) };
  }

  /** A ceremony of `members`; the key is logged by the relay. */
  async ceremony(
    t: number,
    members: readonly TestCustodian[],
    reshare?: { old: CustodyKey; holders: TestCustodian[] },
    confirm = () => true,
  ) {
    const finished = await runCeremony({
      networkId,
      fromDay: reshare?.old.fromDay ?? DAY - 30,
      t,
      members: members.map((custodian) => this.party(custodian)),
      ...(reshare === undefined
        ? {}
        : { reshare: { old: reshare.old, holders: reshare.holders.map((custodian) => this.party(custodian)) } }),
      signAsRoot: (body) => signCustodyKey(body, bytesOf('root')),
      confirm,
      random: crypto.randomBytes,
      nowMs: Date.now,
    });
    await this.writer('relay').append([{ type: EntryType.custodyKey, payload: finished.bytes }]);
    this.custody = finished;
    return finished;
  }

  /** Profile, officers, gateway and device. */
  async found(changes: { toDay?: number } = {}): Promise<void> {
    const custodyKey = (this.custody as FinishedCustodyKey).custodyKey;
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
        dayZero: DAY - 30,
        custodyKeys: [{ custodyKeyId, Y, fromDay, toDay: changes.toDay ?? DAY + 100 }],
        relayKeys: [publicKeyOf('relay')],
        logOrigin: fromUtf8(ORIGIN),
        logKey: publicKeyOf('log'),
        witnesses: [{ name: fromUtf8('w1'), key: publicKeyOf('w1') }],
        witnessW: 1,
        authorities: [
          { name: 'registrar', roles: [6] },
          { name: 'justice', roles: [1, 2, 3, 4, 5] },
          { name: 'gateways', roles: [7] },
        ].map(({ name, roles }) => ({
          authorityId: bytesOf(name, 16),
          key: publicKeyOf(name),
          hpkeKey: deriveKeyPair(bytesOf(`${name} hpke`)).publicKey,
          roles,
        })),
        limits: {
          maxLifetimeS: [7_776_000, 2_592_000, 172_800, 15_552_000],
          noticeMaxS: 31_536_000,
          emergencyReviewS: 86_400,
          maxSubjects: 20,
          rules: [{ kind: 1, breadth: 1, required: [{ role: 1, m: 2 }] }],
        },
        skewS: 600,
        epochGraceS: 300,
        maxEpochAgeS: 604_800,
        checkpointMaxAgeS: 600,
        retentionDays: 0,
        purposeAnnex: objectHash(annexCodec, annex),
      },
      bytesOf('root'),
    );
    await this.open0(EntryType.profile, 'relay', encode(profileCodec, profile));
    for (const name of ['judge 1', 'judge 2']) await this.certify(name, agency.court, [1], { alg: 1, key: publicKeyOf(name) });
    await this.certify('reviewer', agency.court, [5], { alg: 1, key: publicKeyOf('reviewer') });
    await this.certify('detective', agency.id, [4], { alg: 1, key: publicKeyOf('detective') });
    const gateway = { sigKey: publicKeyOf('reader'), hpkeKey: agency.gateway.publicKey };
    await this.certify('reader', agency.id, [7], { alg: 3, key: gateway }, 'gateways');
    const cert = createDeviceCert(
      {
        networkId,
        accountId: device.account,
        deviceId: device.id,
        mlsSigKey: publicKeyOf('device mls'),
        envSigKey: crypto.ed25519PublicKey(device.envSeed),
        notBefore: FROM,
        notAfter: TO,
      },
      bytesOf('registrar'),
    );
    await this.open0(EntryType.cert, 'registrar', encode(certBodyCodec, { kind: 1, cert }));
  }

  async certify(name: string, organisationId: Uint8Array, roles: number[], key: OfficerKey, authority = 'justice') {
    const body = { networkId, officerId: officerIdOf(name), organisationId, roles, ...key, from: FROM, to: TO };
    const cert = createOfficerCert(body, bytesOf(authority));
    await this.open0(EntryType.cert, authority, encode(certBodyCodec, { kind: 2, cert }));
  }

  /** A registrar's statement about the device; `withheld` keeps its opening from everybody. */
  async territory(territory: string, withheld = false): Promise<void> {
    const body = { networkId, deviceId: device.id, territory, dayFrom: DAY - 10, dayTo: DAY + 10, issued: BigInt(nowS()) };
    const statement = encode(deviceTerritoryCodec, createDeviceTerritory(body, bytesOf('registrar')));
    const [entry] = await this.writer('registrar').append([{ type: EntryType.territory, body: statement }]);
    if (!withheld) await this.post([entry as AppendedEntry]);
  }

  writer(actor: string): LogWriter {
    const known = this.#writers.get(actor);
    if (known !== undefined) return known;
    const writer = new LogWriter({ url: this.privateUrl, seed: bytesOf(actor), now: nowS, random: crypto.randomBytes });
    this.#writers.set(actor, writer);
    return writer;
  }

  async open0(type: EntryType, actor: string, payload: Uint8Array, handle?: Uint8Array): Promise<bigint> {
    const [entry] = await this.writer(actor).append([{ type, payload, ...(handle === undefined ? {} : { handle }) }]);
    return (entry as AppendedEntry).index;
  }

  /** To the custodians and role 3, as whoever appends does. */
  async post(entries: readonly AppendedEntry[]): Promise<void> {
    const mirror = this.mirror as LogMirror;
    const last = Math.max(...entries.map(({ index }) => Number(index)));
    await mirror.waitForSize(last + 1, AbortSignal.timeout(20_000));
    await postOpenings(
      this.privateUrl,
      entries,
      mirror.directory.openingRecipients(),
      crypto.randomBytes,
      AbortSignal.timeout(20_000),
    );
  }

  async orderEntry(type: EntryType, actor: string, order: Order, body: Uint8Array, withheld = false): Promise<AppendedEntry> {
    const item = { type, handle: order.orderId, noticeBy: order.notifyBy, body };
    const [entry] = await this.writer(actor).append([item]);
    if (!withheld) await this.post([entry as AppendedEntry]);
    return entry as AppendedEntry;
  }

  /** Order and summary, and the approval of two judges. */
  async issue(order: Order, options: { judges?: string[]; withholdOrder?: boolean } = {}): Promise<void> {
    await this.orderEntry(EntryType.order, 'judge 1', order, encode(orderCodec, order), options.withholdOrder);
    await this.orderEntry(EntryType.statement, 'judge 1', order, objectHash(orderSummaryCodec, deriveSummary(order)));
    for (const judge of options.judges ?? ['judge 1', 'judge 2']) await this.authorise(order, judge);
  }

  async authorise(order: Order, officer: string, decision: 1 | 2 = Decision.approve): Promise<void> {
    const body = { orderHash: orderHash(order), officerId: officerIdOf(officer), role: 1, decision, time: BigInt(nowS()) };
    const authorisation = createAuthorisation(body, bytesOf(officer));
    await this.orderEntry(EntryType.authorisation, officer, order, encode(authorisationCodec, authorisation));
  }

  async revoke(order: Order, officer = 'reviewer', role = 5): Promise<void> {
    const body = { orderHash: orderHash(order), officerId: officerIdOf(officer), role, reason: 1, time: BigInt(nowS()) };
    const revocation = encode(revocationCodec, createRevocation(body, bytesOf(officer)));
    const index = await this.open0(EntryType.orderRevoked, officer, revocation, order.orderId);
    await this.mirror?.waitForSize(Number(index) + 1, AbortSignal.timeout(20_000));
  }

  /** A grant of the device, in an epoch of its own, with the roster of that epoch; `others` are members too. */
  async send(day = DAY, others: readonly Uint8Array[] = []): Promise<Sent> {
    const { custodyKeyId, Y } = (this.custody as FinishedCustodyKey).custodyKey;
    const epoch = this.#epoch++;
    const scope: Scope = { networkId, custodyKeyId, groupId, epoch, leafIndex: 3, deviceId: device.id, day };
    const created = createGrant(scope, Y, { dayRoot: bytesOf(`day root ${day} ${epoch}`), envSigSeed: device.envSeed });
    const members = [{ leafIndex: 3, deviceId: device.id, accountId: device.account }];
    others.forEach((accountId, i) => {
      members.push({ leafIndex: 4 + i, deviceId: bytesOf(`device of ${toHex(accountId)}`, 16), accountId });
    });
    const hashes = { treeHash: bytesOf('tree'), confirmedTranscriptHash: bytesOf('transcript') };
    const roster = createRoster({ networkId, groupId, epoch, ...hashes, members }, bytesOf('relay'));
    const body = objectHash(rosterCodec, roster);
    const [rosterEntry, grantEntry] = await this.writer('relay').append([
      { type: EntryType.roster, handle: rosterHandle(scope), body },
      { type: EntryType.grant, body: encode(grantCodec, created.grant) },
    ]);
    return {
      scope,
      ...created,
      rosterEntry: rosterEntry as AppendedEntry,
      grantEntry: grantEntry as AppendedEntry,
      roster: encode(rosterCodec, roster),
    };
  }

  /** A logged request, opened to the custodians. */
  async request(order: Order, sent: readonly Sent[], changes: Partial<ReleaseRequest> = {}): Promise<AppendedEntry> {
    const body = {
      requestId: crypto.randomBytes(16),
      orderHash: orderHash(order),
      agencyId: agency.id,
      purpose: 2,
      officerId: officerIdOf('reader'),
      grantIds: sent.map(({ grantId }) => grantId),
      time: BigInt(nowS()),
      ...changes,
    };
    const request = encode(releaseRequestCodec, createReleaseRequest(body, bytesOf('reader')));
    return this.orderEntry(EntryType.releaseRequest, 'reader', order, request);
  }

  /** The call that a gateway makes, under the newest checkpoint that has all of it. */
  async callOf(request: AppendedEntry, sent: readonly Sent[], checkpoint?: Uint8Array): Promise<Uint8Array> {
    const mirror = this.mirror as LogMirror;
    await mirror.waitForSize(Number(request.index) + 1, AbortSignal.timeout(20_000));
    const shown = ({ index, entry, salt, payload }: AppendedEntry) => ({ index, entry, salt, payload, inclusion: [] });
    const frame = create(custodianFrames.ReleaseCallSchema, {
      checkpoint: checkpoint ?? mirror.freshCheckpoint().note,
      request: shown(request),
      scopes: sent.map(({ grantEntry, rosterEntry, roster }) => ({
        grant: shown(grantEntry),
        roster: shown(rosterEntry),
        rosterStruct: roster,
      })),
    });
    return toBinary(custodianFrames.ReleaseCallSchema, frame);
  }
}

const officerIdOf = (name: string): Uint8Array => bytesOf(`officer ${name}`, 16);

/** A live warrant on what the device's account sends, from now on. */
export function liveWarrant(name: string, changes: Partial<Order> = {}): Order {
  const now = nowS();
  return {
    networkId,
    orderId: bytesOf(`order ${name} ${now}`, 16),
    kind: 1,
    legalBasisHash: bytesOf('legal basis'),
    legalReference: fromUtf8('Act 12, s. 4'),
    subjects: [{ type: 1, accountId: device.account }],
    excludedTerritories: [],
    excludedAccounts: [],
    dataClasses: 2,
    readers: [{ agencyId: agency.id, readerHpkeKey: agency.gateway.publicKey, purposes: [2], excludedTerritories: [] }],
    mode: 2,
    dayFrom: DAY,
    dayTo: DAY + 1,
    notBefore: BigInt(now),
    expires: BigInt(86_400 * (DAY + 3)),
    maxGrants: 10,
    notifyBy: BigInt(now + 7_776_000),
    reviewBy: 0n,
    required: [{ role: 1, m: 2 }],
    ...changes,
  };
}

export interface ReleaseOutcome {
  readonly status: number;
  /** 'ok', a code of the reply, or that of an HTTP error. */
  readonly code: string;
  readonly releases: Uint8Array[];
  readonly releaseIndex: bigint;
  readonly objectHash: Uint8Array;
}

export async function callRelease(url: string, body: Uint8Array): Promise<ReleaseOutcome> {
  const headers = { 'content-type': 'application/protobuf' };
  const answer = await fetch(`${url}/v1/release`, { method: 'POST', headers, body: Buffer.from(body) });
  const nothing = { releases: [], releaseIndex: 0n, objectHash: new Uint8Array(0) };
  if (!answer.ok) return { status: answer.status, code: ((await answer.json()) as { code: string }).code, ...nothing };
  const reply = fromBinary(custodianFrames.ReleaseReplySchema, new Uint8Array(await answer.arrayBuffer()));
  const { code, releases, releaseIndex, objectHash } = reply;
  return { status: answer.status, code: code === '' ? 'ok' : code, releases, releaseIndex, objectHash };
}

interface Status {
  readonly index: number;
  readonly sig_key: string;
  readonly hpke_key: string;
  readonly custody_key_id: string | null;
  readonly share_gen: number | null;
  readonly log_size: number;
  readonly orders: { readonly pending: number; readonly approved: number; readonly refused: number };
  readonly destroyed: readonly { readonly share_gen: number; readonly method: number; readonly logged: boolean }[];
}

export async function statusOf(url: string): Promise<Status> {
  return (await (await fetch(`${url}/v1/status`)).json()) as Status;
}

/** An HTTP call as the custodian's human; `token` null leaves the session out. */
export class Human {
  readonly #url: string;
  readonly #name: string;
  #token: string | null = null;

  constructor({ url, name }: TestCustodian) {
    this.#url = url;
    this.#name = name;
  }

  async open(): Promise<this> {
    const proof = createSessionProof(
      { audience: 'custodian', networkId, ...humanOf(this.#name), nowMs: Date.now() },
      crypto.randomBytes,
    );
    const headers = credentialHeaders('Proof', Buffer.from(proof).toString('base64url'));
    const answer = await fetch(`${this.#url}/v1/session`, { method: 'POST', headers });
    this.#token = ((await answer.json()) as { token: string }).token;
    return this;
  }

  async call(path: string, body?: object): Promise<{ status: number; json: Record<string, unknown> }> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.#token === null ? {} : credentialHeaders('Bearer', this.#token)),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  }

  decide(order: Order, decision: 'approve' | 'refuse') {
    return this.call(`/v1/orders/${toHex(order.orderId)}/decision`, { decision });
  }
}

/** Asks again until `ask` gives something; fails after 20 s. */
export async function eventually<T>(ask: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error('it did not happen in 20 s');
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** The human of `custodian` decides as soon as the order has reached its copy. */
export async function decideWhenSeen(
  custodian: TestCustodian,
  order: Order,
  decision: 'approve' | 'refuse' = 'approve',
): Promise<Human> {
  const human = await new Human(custodian).open();
  await eventually(async () => ((await human.decide(order, decision)).status === 200 ? true : null));
  return human;
}

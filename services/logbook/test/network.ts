/** A small network for the tests: keys from fixed names, a profile, witnesses over HTTP, and a logbook on ports of its own. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { concat, encode, fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  type Actor,
  type CustodyKey,
  certBodyCodec,
  commit,
  createDeviceCert,
  createLogEntry,
  createOfficerCert,
  createProfile,
  custodyKeyCodec,
  custodyKeyId,
  type EntryType,
  encodeSecretPayload,
  type Handle,
  hourOf,
  NO_PREVIOUS_ENTRY,
  profileCodec,
  signCustodyKey,
  ZERO_HANDLE,
} from '@countersign/custody';
import type { Running, ServiceContext, TrustAnchor } from '@countersign/service';
import {
  decideAddCheckpoint,
  deriveSignerKey,
  deriveVerifierKey,
  LOG_KEY,
  WITNESS_KEY,
  type WitnessRecord,
} from '@countersign/tlog';
import { logFrames } from '@countersign/wire';
import { expect, vi } from 'vitest';
import { startLogbook } from '../src/index.ts';

export const seedOf = (name: string): Uint8Array => crypto.sha256(fromUtf8(name));
export const keyOf = (name: string): Uint8Array => crypto.ed25519PublicKey(seedOf(name));
/** The point of the HPKE key whose secret is `seedOf(name)`. */
export const pointOf = (name: string): Uint8Array => crypto.p256PublicKey(seedOf(name));
const compressed = (point: Uint8Array): Uint8Array => Uint8Array.of(2 + ((point[64] as number) % 2), ...point.subarray(1, 33));
export const id16 = (name: string): Uint8Array => seedOf(name).slice(0, 16);
export const nowS = (): number => Math.floor(Date.now() / 1000);

export const ORIGIN = 'log.example/test';
export const WITNESSES = ['w1', 'w2', 'w3'];
const networkId = id16('network');
const DAY = Math.floor(nowS() / 86_400);
const FROM = BigInt(nowS() - 86_400);
const TO = BigInt(nowS() + 86_400);

export function anchorAt(url: string): TrustAnchor {
  return {
    networkId,
    rootKey: keyOf('root'),
    log: { origin: ORIGIN, key: keyOf('log'), url },
    witnesses: WITNESSES.map((name) => ({ name, key: keyOf(name) })),
    witnessW: 2,
  };
}

/** Relay and authority of the genesis are those of the profile, but for one of each that the profile does not name. */
export const genesis: Actor[] = [
  { kind: 'relay', key: keyOf('relay'), roles: [] },
  { kind: 'relay', key: keyOf('genesis relay'), roles: [] },
  ...[1, 2].map((i): Actor => ({ kind: 'custodian', key: keyOf(`custodian ${i}`), roles: [] })),
  { kind: 'custodian', key: keyOf('genesis custodian'), roles: [] },
  { kind: 'authority', key: keyOf('justice'), roles: [1, 2, 3, 4, 5] },
  { kind: 'authority', key: keyOf('genesis authority'), roles: [6] },
];

function createCustodyKey(): CustodyKey {
  const Y = pointOf('custody');
  const fromDay = DAY - 10;
  const custodians = [1, 2].map((index) => ({
    index,
    name: fromUtf8(`custodian ${index}`),
    Yi: compressed(pointOf(`share ${index}`)),
    sigKey: keyOf(`custodian ${index}`),
    hpkeKey: pointOf(`custodian hpke ${index}`),
  }));
  const id = custodyKeyId(networkId, fromDay, Y);
  const transcriptHash = seedOf('transcript');
  const body = { networkId, fromDay, Y, custodyKeyId: id, t: 2, n: 2, shareGen: 1, custodians, transcriptHash };
  return { ...body, sigs: ['custodian 1', 'custodian 2', 'root'].map((name) => signCustodyKey(body, seedOf(name))) };
}

const custodyKey = createCustodyKey();
export const custodyKeyBytes = encode(custodyKeyCodec, custodyKey);

export function profileBytes(changes: { rootSeed?: Uint8Array; relays?: string[] } = {}): Uint8Array {
  const body = {
    networkId,
    profileSeq: 1,
    issued: FROM,
    validTo: TO,
    prevProfile: new Uint8Array(32),
    mlsSuite: 1,
    pq: 0,
    dayZero: DAY - 10,
    custodyKeys: [{ custodyKeyId: custodyKey.custodyKeyId, Y: custodyKey.Y, fromDay: DAY - 10, toDay: DAY + 100 }],
    relayKeys: (changes.relays ?? ['relay', 'log']).map(keyOf),
    logOrigin: fromUtf8(ORIGIN),
    logKey: keyOf('log'),
    witnesses: WITNESSES.map((name) => ({ name: fromUtf8(name), key: keyOf(name) })),
    witnessW: 2,
    authorities: [
      { name: 'justice', roles: [1, 2, 3, 4, 5] },
      { name: 'registrar', roles: [6] },
    ].map(({ name, roles }) => ({
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
    epochGraceS: 300,
    maxEpochAgeS: 604_800,
    checkpointMaxAgeS: 600,
    retentionDays: 365,
    purposeAnnex: seedOf('annex'),
  };
  return encode(profileCodec, createProfile(body, changes.rootSeed ?? seedOf('root')));
}

/** A type 5 body for an officer, signed by `authority`. */
export function officerCert(name: string, authority = 'justice', roles = [1, 4], key = keyOf(name)): Uint8Array {
  const body = {
    networkId,
    officerId: id16(name),
    organisationId: id16('court'),
    roles,
    alg: 1 as const,
    key,
    from: FROM,
    to: TO,
  };
  return encode(certBodyCodec, { kind: 2, cert: createOfficerCert(body, seedOf(authority)) });
}

export function deviceCert(name: string, authority = 'registrar', account = 'account'): Uint8Array {
  const keys = { mlsSigKey: keyOf(`${name} mls`), envSigKey: keyOf(`${name} env`) };
  const body = { networkId, accountId: id16(account), deviceId: id16(name), ...keys, notBefore: FROM, notAfter: TO };
  return encode(certBodyCodec, { kind: 1, cert: createDeviceCert(body, seedOf(authority)) });
}

export interface EntryFields {
  readonly payload?: Uint8Array;
  readonly body?: Uint8Array;
  readonly handle?: Handle;
  readonly noticeBy?: bigint;
  readonly hour?: number;
  readonly salt?: string;
}

/** An entry made by hand, as somebody who does not use LogWriter would. */
export function entryOf(type: EntryType, actor: string, fields: EntryFields): Uint8Array {
  const { handle = ZERO_HANDLE, noticeBy = 0n, hour = hourOf(nowS()) } = fields;
  const salt = seedOf(`salt ${fields.salt ?? ''}`);
  const form =
    fields.payload === undefined
      ? { form: 1 as const, commitment: commit(salt, encodeSecretPayload(type, fields.body ?? Uint8Array.of(0))) }
      : { form: 0 as const, payload: fields.payload };
  return createLogEntry({ type, handle, hour, noticeBy, prevIndex: NO_PREVIOUS_ENTRY, ...form }, seedOf(actor));
}

/** Appends by hand: an index, or the code of the refusal, for each. */
export async function append(url: string, entries: readonly Uint8Array[]): Promise<(number | string)[]> {
  const frame = create(logFrames.AppendRequestSchema, { appends: entries.map((entry) => ({ entry })) });
  const response = await fetch(`${url}/v1/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/protobuf' },
    body: Buffer.from(toBinary(logFrames.AppendRequestSchema, frame)),
  });
  if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`);
  const reply = fromBinary(logFrames.AppendReplySchema, new Uint8Array(await response.arrayBuffer()));
  return reply.results.map(({ index, code }) => (index === undefined ? code : Number(index)));
}

/** A witness: the library's decision behind HTTP. `isDown` lets it fail. */
export class TestWitness {
  isDown = false;
  readonly #server: Server;
  readonly #held = new Map<string, WitnessRecord>();
  readonly #now: () => number;

  constructor(name: string, now: () => number) {
    this.#now = now;
    const logs = new Map([[ORIGIN, [deriveVerifierKey(ORIGIN, LOG_KEY, keyOf('log'))]]]);
    const key = deriveSignerKey(name, WITNESS_KEY, seedOf(name));
    this.#server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      if (this.isDown) return void response.writeHead(503).end();
      const answer = decideAddCheckpoint(concat(...parts), this.#held, { key, logs }, this.#now());
      if (answer.record !== null) this.#held.set(ORIGIN, answer.record);
      response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body);
    });
  }

  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`));
    });
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

const quiet = { info() {}, warn() {}, error() {}, fatal() {} };

export interface TestLog {
  readonly publicUrl: string;
  readonly privateUrl: string;
  readonly anchor: TrustAnchor;
  readonly witnesses: readonly TestWitness[];
  readonly running: Running;
  stop(): Promise<void>;
}

/** A logbook in this process with three witnesses, two of which are enough. */
export async function openLog(
  dir: string,
  options: { genesis?: Actor[]; fillerS?: number; now?: () => number } = {},
): Promise<TestLog> {
  const now = options.now ?? nowS;
  const witnesses = WITNESSES.map((name) => new TestWitness(name, now));
  const witnessUrls = await Promise.all(witnesses.map((witness) => witness.listen()));
  const config = {
    network: anchorAt('http://127.0.0.1:1'),
    networkJson: null,
    listen: { host: '127.0.0.1', publicPort: 0, privatePort: 0 },
    dir,
    keySeed: seedOf('log'),
    witnessUrls,
    genesis: options.genesis ?? genesis,
    fillerS: options.fillerS ?? 0,
  };
  const running = await startLogbook(config, {
    log: quiet as unknown as ServiceContext['log'],
    now,
    random: crypto.randomBytes,
    onFault(error) {
      throw error;
    },
  });
  const { public: publicUrl = '', private: privateUrl = '' } = running.urls;
  return {
    publicUrl,
    privateUrl,
    anchor: anchorAt(publicUrl),
    witnesses,
    running,
    async stop() {
      await running.stop();
      await Promise.all(witnesses.map((witness) => witness.close()));
    },
  };
}

/** Asks until `condition` holds; fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  await vi.waitFor(async () => expect(await condition(), what).toBe(true), { timeout: 60_000, interval: 5 });
}

/**
 * A network with its log, for the order tests: root, registrar, authorities, officers of two countries, a gateway for each of two
 * agencies, three custodians (two are enough), one sending device. All of it from fixed seeds; the clock is the tests'. Long because
 * every party has to name the others: the pieces mean nothing apart.
 */
import { Ac1Error, compare, concat, decode, encode, fromUtf8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { deriveKeyPair, encodePoint33, parsePoint65 } from '@countersign/threshold';
import {
  addCosignatures,
  createCheckpoint,
  createCosignature,
  deriveSignerKey,
  entryHash,
  formatNote,
  formatTilePath,
  LOG_KEY,
  LogTree,
  parseNote,
  WITNESS_KEY,
} from '@countersign/tlog';
import {
  type Annex,
  type Authorisation,
  annexCodec,
  authorisationCodec,
  type CustodyKey,
  certBodyCodec,
  commit,
  createAuthorisation,
  createDeviceCert,
  createDeviceTerritory,
  createGrant,
  createLogEntry,
  createOfficerCert,
  createProfile,
  createReleaseRequest,
  createRevocation,
  createRoster,
  custodyKeyCodec,
  custodyKeyId,
  Decision,
  deriveSummary,
  deviceTerritoryCodec,
  type EntryForm,
  type EntrySecret,
  EntryType,
  encodeSecretPayload,
  type GateKeeper,
  grantCodec,
  type Handle,
  hourOf,
  keyId,
  LogDirectory,
  type LogEntry,
  type NetworkProfile,
  type OfficerKey,
  type Order,
  objectHash,
  orderCodec,
  orderHash,
  orderSummaryCodec,
  previousIndex,
  profileCodec,
  type ReleasePackage,
  type ReleaseRequest,
  releaseRequestCodec,
  revocationCodec,
  rosterCodec,
  rosterHandle,
  type Scope,
  signCustodyKey,
  ZERO_HANDLE,
} from '../src/index.ts';

/** `length` bytes that depend on `name` alone. */
export function bytesOf(name: string, length = 32): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 0; 32 * i < length; i++) blocks.push(crypto.sha256(fromUtf8(`${name} ${i}`)));
  return concat(...blocks).slice(0, length);
}

export function randomOf(name: string): Random {
  let calls = 0;
  return (length) => bytesOf(`${name} call ${calls++}`, length);
}

/** The code that `act` is refused with, or 'ok'; any error but our own fails the test. */
export function codeOf(act: () => unknown): string {
  try {
    act();
    return 'ok';
  } catch (error) {
    if (error instanceof Ac1Error) return error.code;
    throw error;
  }
}

export const DAY = 20_416;
/** Ten in the morning of DAY. */
export const NOW = 86_400 * DAY + 36_000;
const YEAR_S = 31_536_000n;
const CERT_FROM = BigInt(NOW) - YEAR_S;
const CERT_TO = BigInt(NOW) + YEAR_S;

export const networkId = bytesOf('network', 16);
export const publicKeyOf = (seedName: string) => crypto.ed25519PublicKey(bytesOf(seedName));

/** Two agencies in two countries, each with the one court whose judges may authorise for it. */
export const agencies = {
  de: {
    id: bytesOf('agency de', 16),
    court: bytesOf('court de', 16),
    territory: 'DE',
    gateway: deriveKeyPair(bytesOf('gateway de')),
  },
  fr: {
    id: bytesOf('agency fr', 16),
    court: bytesOf('court fr', 16),
    territory: 'FR',
    gateway: deriveKeyPair(bytesOf('gateway fr')),
  },
};

export const annex: Annex = {
  purposes: [{ purpose: 1, name: fromUtf8('crime') }],
  agencies: [agencies.de, agencies.fr]
    .map(({ id, court, territory }) => ({ agencyId: id, territory, name: fromUtf8('agency'), organisations: [court] }))
    .sort((a, b) => compare(a.agencyId, b.agencyId)),
};

// Custody: f(x) = secret + slope * x over the group order; custodian i holds f(i).
const Q = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const toBig = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
const toBytes = (value: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 255n));
const secret = toBig(bytesOf('custody secret')) % Q;
const slope = toBig(bytesOf('custody slope')) % Q;
export const shareOf = (i: number) => toBytes((secret + slope * BigInt(i)) % Q);
export const Y = crypto.p256PublicKey(toBytes(secret));
export const custodianKeys = [1, 2, 3].map((i) => publicKeyOf(`custodian ${i}`));

function createCustodyKey(): CustodyKey {
  const body = {
    networkId,
    fromDay: DAY - 100,
    Y,
    custodyKeyId: custodyKeyId(networkId, DAY - 100, Y),
    t: 2,
    n: 3,
    shareGen: 1,
    custodians: [1, 2, 3].map((index) => ({
      index,
      name: fromUtf8(`custodian ${index}`),
      Yi: encodePoint33(parsePoint65(crypto.p256PublicKey(shareOf(index)))),
      sigKey: publicKeyOf(`custodian ${index}`),
      hpkeKey: deriveKeyPair(bytesOf(`custodian hpke ${index}`)).publicKey,
    })),
    transcriptHash: bytesOf('transcript'),
  };
  const signers = ['custodian 1', 'custodian 2', 'custodian 3', 'root'];
  return { ...body, sigs: signers.map((name) => signCustodyKey(body, bytesOf(name))) };
}
export const custodyKey = createCustodyKey();

export const profile: NetworkProfile = createProfile(
  {
    networkId,
    profileSeq: 1,
    issued: CERT_FROM,
    validTo: CERT_TO,
    prevProfile: new Uint8Array(32),
    mlsSuite: 1,
    pq: 0,
    dayZero: DAY - 100,
    custodyKeys: [{ custodyKeyId: custodyKey.custodyKeyId, Y, fromDay: DAY - 100, toDay: DAY + 100 }],
    relayKeys: [publicKeyOf('relay')],
    logOrigin: fromUtf8('log.example/ac1'),
    logKey: publicKeyOf('log'),
    witnesses: ['w1', 'w2', 'w3'].map((name) => ({ name: fromUtf8(name), key: publicKeyOf(name) })),
    witnessW: 2,
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
      rules: [
        { kind: 1, breadth: 1, required: [{ role: 1, m: 2 }] },
        { kind: 3, breadth: 1, required: [{ role: 2, m: 1 }] },
      ],
    },
    skewS: 600,
    epochGraceS: 300,
    maxEpochAgeS: 604_800,
    checkpointMaxAgeS: 600,
    retentionDays: 365,
    purposeAnnex: objectHash(annexCodec, annex),
  },
  bytesOf('root'),
);

/** Judges, oversight, reviewers and requesting officers: name, organisation, roles. */
const PEOPLE: readonly (readonly [string, Uint8Array, number[]])[] = [
  ['judge 1', agencies.de.court, [1, 2]],
  ['judge 2', agencies.de.court, [1, 2]],
  ['judge 3', agencies.de.court, [1, 2]],
  ['french judge 1', agencies.fr.court, [1, 2]],
  ['french judge 2', agencies.fr.court, [1, 2]],
  ['reviewer', agencies.de.court, [5]],
  ['oversight', bytesOf('oversight board', 16), [3]],
  ['detective', agencies.de.id, [4]],
  ['french detective', agencies.fr.id, [4]],
];
export const officerIdOf = (name: string) => bytesOf(`officer ${name}`, 16);

export const device = {
  id: bytesOf('device', 16),
  account: bytesOf('account', 16),
  envSeed: bytesOf('device env'),
};
const groupId = bytesOf('group', 16);

/** A log in the making: what is appended goes through the rules, and its opening to the custodian whose copy this is. */
export class Court {
  readonly log: LogDirectory;
  readonly secrets = new Map<bigint, EntrySecret>();
  /** Unix seconds. */
  now = NOW;
  readonly #random = randomOf('court');
  readonly #entries: Uint8Array[] = [];
  readonly #tiles = new Map<string, Uint8Array>();
  readonly #tree = LogTree.open(0, (tile) => this.#tiles.get(formatTilePath(tile)) as Uint8Array);

  constructor() {
    const entry = (index: number) => this.#entries[index] as Uint8Array;
    const rootAt = (size: number) => this.#tree.head(size).root;
    this.log = new LogDirectory({ networkId, rootKey: publicKeyOf('root') }, { entry, rootAt });
    this.open(EntryType.profile, 'relay', encode(profileCodec, profile));
    this.log.addAnnex(encode(annexCodec, annex));
    this.open(EntryType.custodyKey, 'relay', encode(custodyKeyCodec, custodyKey));
    for (const [name, organisationId, roles] of PEOPLE)
      this.certify(name, organisationId, roles, { alg: 1, key: publicKeyOf(name) });
    for (const [name, agency] of Object.entries(agencies)) {
      const key = { sigKey: publicKeyOf(`reader ${name}`), hpkeKey: agency.gateway.publicKey };
      this.certify(`reader ${name}`, agency.id, [7], { alg: 3, key }, 'gateways');
    }
    const cert = createDeviceCert(
      {
        networkId,
        accountId: device.account,
        deviceId: device.id,
        mlsSigKey: publicKeyOf('device mls'),
        envSigKey: crypto.ed25519PublicKey(device.envSeed),
        notBefore: CERT_FROM,
        notAfter: CERT_TO,
      },
      bytesOf('registrar'),
    );
    this.open(EntryType.cert, 'registrar', encode(certBodyCodec, { kind: 1, cert }));
    this.territory('DE');
  }

  certify(name: string, organisationId: Uint8Array, roles: number[], key: OfficerKey, authority = 'justice'): void {
    const body = { networkId, officerId: officerIdOf(name), organisationId, roles, ...key, from: CERT_FROM, to: CERT_TO };
    const cert = createOfficerCert(body, bytesOf(authority));
    this.open(EntryType.cert, authority, encode(certBodyCodec, { kind: 2, cert }));
  }

  /** A registrar's statement; `withheld` keeps its opening from the custodian. */
  territory(territory: string, withheld = false): bigint {
    const statement = createDeviceTerritory(
      { networkId, deviceId: device.id, territory, dayFrom: DAY - 10, dayTo: DAY + 10, issued: BigInt(NOW) },
      bytesOf('registrar'),
    );
    return this.commit(EntryType.territory, 'registrar', encode(deviceTerritoryCodec, statement), { withheld });
  }

  /** A form 0 entry. */
  open(type: EntryType, actor: string, payload: Uint8Array, handle: Handle = ZERO_HANDLE): bigint {
    return this.#append(type, actor, { form: 0, payload }, { handle, noticeBy: 0n });
  }

  /** A form 1 entry. */
  commit(
    type: EntryType,
    actor: string,
    body: Uint8Array,
    options: { handle?: Handle; noticeBy?: bigint; withheld?: boolean; prevIndex?: bigint } = {},
  ): bigint {
    const entrySecret = { salt: this.#random(32), payload: encodeSecretPayload(type, body) };
    const form: EntryForm = { form: 1, commitment: commit(entrySecret.salt, entrySecret.payload) };
    const { handle = ZERO_HANDLE, noticeBy = 0n, prevIndex } = options;
    const index = this.#append(type, actor, form, { handle, noticeBy, prevIndex });
    this.secrets.set(index, entrySecret);
    if (options.withheld !== true && this.log.entryAt(index) !== null) this.log.addSecret(index, entrySecret);
    return index;
  }

  #append(
    type: EntryType,
    actor: string,
    form: EntryForm,
    { handle, noticeBy, prevIndex }: { handle: Handle; noticeBy: bigint; prevIndex?: bigint | undefined },
  ): bigint {
    const index = BigInt(this.log.size);
    const previous = prevIndex ?? previousIndex(this.log.entriesWith(handle), keyId(publicKeyOf(actor)));
    this.write(createLogEntry({ type, handle, hour: hourOf(this.now), noticeBy, prevIndex: previous, ...form }, bytesOf(actor)));
    return index;
  }

  /** Bytes as the log's next entry; null where everybody treats it as absent. */
  write(bytes: Uint8Array): LogEntry | null {
    this.#entries.push(bytes);
    for (const { tile, bytes: hashes } of this.#tree.append([entryHash(bytes)])) this.#tiles.set(formatTilePath(tile), hashes);
    return this.log.append(bytes);
  }

  /** The order and its summary, logged by a judge. */
  issue(order: Order, actor = 'judge 1'): bigint {
    const options = { handle: order.orderId, noticeBy: order.notifyBy };
    const index = this.commit(EntryType.order, actor, encode(orderCodec, order), options);
    this.commit(EntryType.statement, actor, objectHash(orderSummaryCodec, deriveSummary(order)), options);
    return index;
  }

  decide(order: Order, officer: string, decision: 1 | 2 | 3 = Decision.approve, role = 1): bigint {
    const authorisation = this.decisionOf(order, officer, decision, role);
    const type = decision === Decision.confirmReview ? EntryType.review : EntryType.authorisation;
    return this.logDecision(order, officer, authorisation, type);
  }

  decisionOf(order: Order, officer: string, decision: 1 | 2 | 3 = Decision.approve, role = 1): Authorisation {
    const decided = { orderHash: orderHash(order), officerId: officerIdOf(officer), role, decision, time: BigInt(this.now) };
    return createAuthorisation(decided, bytesOf(officer));
  }

  logDecision(order: Order, actor: string, authorisation: Authorisation, type: EntryType = EntryType.authorisation): bigint {
    return this.commit(type, actor, encode(authorisationCodec, authorisation), {
      handle: order.orderId,
      noticeBy: order.notifyBy,
    });
  }

  revoke(order: Order, officer: string, role: number): void {
    const revocation = createRevocation(
      { orderHash: orderHash(order), officerId: officerIdOf(officer), role, reason: 1, time: BigInt(this.now) },
      bytesOf(officer),
    );
    this.open(EntryType.orderRevoked, officer, encode(revocationCodec, revocation), order.orderId);
  }

  /** A grant of the device for `day`, with the roster of its epoch, both logged by the relay. */
  send(day: number, epoch = 7n): Sent {
    const scope: Scope = {
      networkId,
      custodyKeyId: custodyKey.custodyKeyId,
      groupId,
      epoch,
      leafIndex: 3,
      deviceId: device.id,
      day,
    };
    const created = createGrant(scope, Y, { dayRoot: bytesOf(`day root ${day} ${epoch}`), envSigSeed: device.envSeed });
    const roster = createRoster(
      {
        networkId,
        groupId,
        epoch,
        treeHash: bytesOf('tree'),
        confirmedTranscriptHash: bytesOf('transcript'),
        members: [{ leafIndex: 3, deviceId: device.id, accountId: device.account }],
      },
      bytesOf('relay'),
    );
    const rosterIndex = this.commit(EntryType.roster, 'relay', objectHash(rosterCodec, roster), { handle: rosterHandle(scope) });
    const grantIndex = this.commit(EntryType.grant, 'relay', encode(grantCodec, created.grant));
    return { scope, ...created, grantIndex, rosterIndex, roster: encode(rosterCodec, roster) };
  }

  request(order: Order, sent: readonly Sent[], changes: Partial<ReleaseRequest> = {}, officer = 'detective'): bigint {
    const request = createReleaseRequest(
      {
        requestId: bytesOf(`request ${this.log.size}`, 16),
        orderHash: orderHash(order),
        agencyId: agencies.de.id,
        purpose: 1,
        officerId: officerIdOf(officer),
        grantIds: sent.map((item) => item.grantId),
        time: BigInt(this.now),
        ...changes,
      },
      bytesOf(officer),
    );
    const options = { handle: order.orderId, noticeBy: order.notifyBy };
    return this.commit(EntryType.releaseRequest, officer, encode(releaseRequestCodec, request), options);
  }

  /** The whole log under a checkpoint that two witnesses cosigned. */
  checkpoint(witnesses: readonly string[] = ['w1', 'w2']): Uint8Array {
    const size = this.log.size;
    const bytes = createCheckpoint(
      { size, root: this.log.rootAt(size) },
      deriveSignerKey('log.example/ac1', LOG_KEY, bytesOf('log')),
    );
    let note = parseNote(bytes);
    for (const name of witnesses) {
      const key = deriveSignerKey(name, WITNESS_KEY, bytesOf(name));
      note = addCosignatures(note, [createCosignature(note.text, key, this.now)], key);
    }
    return formatNote(note);
  }

  present(requestIndex: bigint, sent: readonly Sent[]): ReleasePackage {
    return {
      checkpoint: this.checkpoint(),
      requestIndex,
      grants: sent.map(({ grantIndex }) => ({ index: grantIndex, secret: this.secretOf(grantIndex) })),
      rosters: sent.map(({ rosterIndex, roster }) => ({ index: rosterIndex, secret: this.secretOf(rosterIndex), roster })),
    };
  }

  keeper(changes: Partial<GateKeeper> = {}): GateKeeper {
    return { shareGenOf: () => 1, answered: () => null, now: this.now, ...changes };
  }

  secretOf(index: bigint): EntrySecret {
    return this.secrets.get(index) as EntrySecret;
  }

  /** The request of a type 14 entry. */
  requestAt(index: bigint): ReleaseRequest {
    const { payload } = this.secretOf(index);
    const length = (payload[3] as number) * 256 + (payload[4] as number);
    return decode(releaseRequestCodec, payload.subarray(5, 5 + length));
  }
}

export interface Sent {
  readonly scope: Scope;
  readonly grant: ReturnType<typeof createGrant>['grant'];
  readonly grantId: Uint8Array;
  readonly K: Uint8Array;
  readonly grantIndex: bigint;
  readonly rosterIndex: bigint;
  readonly roster: Uint8Array;
}

/** A live warrant of the German agency on the sender's account, from the start of the log's hour on, for ten days. */
export function liveWarrant(changes: Partial<Order> = {}): Order {
  return {
    networkId,
    orderId: bytesOf('order', 16),
    kind: 1,
    legalBasisHash: bytesOf('legal basis'),
    legalReference: fromUtf8('Act 12, s. 4'),
    subjects: [{ type: 1, accountId: device.account }],
    excludedTerritories: [],
    excludedAccounts: [],
    dataClasses: 2,
    readers: [{ agencyId: agencies.de.id, readerHpkeKey: agencies.de.gateway.publicKey, purposes: [1], excludedTerritories: [] }],
    mode: 2,
    dayFrom: DAY,
    dayTo: DAY + 9,
    notBefore: BigInt(NOW),
    expires: BigInt(NOW) + 864_000n,
    maxGrants: 10,
    notifyBy: BigInt(NOW) + 7_776_000n,
    reviewBy: 0n,
    required: [{ role: 1, m: 2 }],
    ...changes,
  };
}

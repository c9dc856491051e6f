/** A whole trial from fixed seeds: a network, its log, a warrant, three custodians, four messages, and the evidence file about them. Long because one trial is described here, whole. */
import { concat, encode, fromUtf8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import {
  type Annex,
  annexCodec,
  authorisationCodec,
  CHAIN_START,
  type ChainState,
  type CustodyKey,
  certBodyCodec,
  commit,
  createAuthorisation,
  createDeviceCert,
  createEnvelopeBatch,
  createEvidenceManifest,
  createGrant,
  createLogEntry,
  createOfficerCert,
  createProfile,
  createReadEvent,
  createRelayStamp,
  createRelease,
  createReleaseRequest,
  createRoster,
  custodyKeyCodec,
  custodyKeyId,
  deriveSummary,
  type EntryForm,
  EntryType,
  type EvidenceManifest,
  encodeContent,
  encodeSecretPayload,
  envelopeBatchCodec,
  envelopeHeaderCodec,
  evidenceManifestCodec,
  grantCodec,
  type Handle,
  hourOf,
  keyId,
  NO_PREVIOUS_ENTRY,
  type OfficerKey,
  type Order,
  objectHash,
  orderCodec,
  orderHash,
  orderSummaryCodec,
  parseEnvelope,
  profileCodec,
  readEventCodec,
  relayStampCodec,
  releaseCodec,
  releaseHash,
  releaseRequestCodec,
  releasesBodyCodec,
  rosterCodec,
  rosterHandle,
  type Scope,
  sealEnvelope,
  signCustodyKey,
  ZERO_HANDLE,
} from '@countersign/custody';
import { createPartial, deriveKeyPair, encodePoint33, parsePoint65, releaseShareCodec } from '@countersign/threshold';
import {
  addCosignatures,
  createCheckpoint,
  createCosignature,
  deriveSignerKey,
  entryHash,
  formatNote,
  formatProofFile,
  LOG_KEY,
  merkleRoot,
  parseNote,
  proveInclusion,
  WITNESS_KEY,
} from '@countersign/tlog';
import { vi } from 'vitest';
import type { EvidenceParts } from '../src/index.ts';

vi.setConfig({ testTimeout: 60_000 });

export function bytesOf(name: string, length = 32): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 0; 32 * i < length; i++) blocks.push(crypto.sha256(fromUtf8(`${name} ${i}`)));
  return concat(...blocks).slice(0, length);
}
function randomOf(name: string): Random {
  let calls = 0;
  return (length) => bytesOf(`${name} call ${calls++}`, length);
}
export const publicKeyOf = (name: string): Uint8Array => crypto.ed25519PublicKey(bytesOf(name));

const DAY = 20_416;
export const NOW = 86_400 * DAY + 36_000;
const FROM = BigInt(NOW - 31_536_000);
const TO = BigInt(NOW + 31_536_000);
const networkId = bytesOf('network', 16);
export const ORIGIN = 'log.example/ac1';
const agency = { id: bytesOf('agency', 16), court: bytesOf('court', 16), gateway: deriveKeyPair(bytesOf('gateway')) };
const device = { id: bytesOf('device', 16), account: bytesOf('account', 16), envSeed: bytesOf('device env') };
const officerIdOf = (name: string): Uint8Array => bytesOf(`officer ${name}`, 16);
const annex: Annex = {
  purposes: [{ purpose: 2, name: fromUtf8('narcotics') }],
  agencies: [{ agencyId: agency.id, territory: 'DE', name: fromUtf8('agency'), organisations: [agency.court] }],
};

// Custody: f(x) = secret + slope * x over the group order; custodian i holds f(i).
const Q = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const toBig = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
const toBytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 255n));
const secret = toBig(bytesOf('custody secret')) % Q;
const slope = toBig(bytesOf('custody slope')) % Q;
const shareOf = (i: number): Uint8Array => toBytes((secret + slope * BigInt(i)) % Q);
const Y = crypto.p256PublicKey(toBytes(secret));

interface LogRow {
  readonly entry: Uint8Array;
  readonly secret: { readonly salt: Uint8Array; readonly payload: Uint8Array } | null;
}

export interface TrialOptions {
  /** Changes to the order before it is logged. */
  readonly order?: Partial<Order>;
  /** How many judges approve. */
  readonly judges?: number;
  /** Leaves message 3 out without a trace instead of withholding it. */
  readonly gap?: boolean;
}

export class Trial {
  readonly rows: LogRow[] = [];
  readonly #last = new Map<string, bigint>();
  readonly parts: EvidenceParts;
  readonly manifest: EvidenceManifest;

  constructor(options: TrialOptions = {}) {
    const custodyKey = createCustodyKey();
    this.#open(EntryType.custodyKey, 'relay', encode(custodyKeyCodec, custodyKey));
    this.#open(EntryType.profile, 'relay', encode(profileCodec, createTestProfile(custodyKey)));
    for (const name of ['judge 1', 'judge 2']) this.#certify(name, agency.court, [1], { alg: 1, key: publicKeyOf(name) });
    const reader = { sigKey: publicKeyOf('reader'), hpkeKey: agency.gateway.publicKey };
    this.#certify('reader', agency.id, [7], { alg: 3, key: reader }, 'gateways');
    this.#certifyDevice();

    const order = { ...warrant(), ...options.order };
    const handle = { handle: order.orderId, noticeBy: order.notifyBy };
    this.#commit(EntryType.order, 'judge 1', encode(orderCodec, order), handle);
    this.#commit(EntryType.statement, 'judge 1', objectHash(orderSummaryCodec, deriveSummary(order)), handle);
    for (const judge of ['judge 1', 'judge 2'].slice(0, options.judges ?? 2)) {
      const body = {
        orderHash: orderHash(order),
        officerId: officerIdOf(judge),
        role: 1,
        decision: 1 as const,
        time: BigInt(NOW),
      };
      this.#commit(EntryType.authorisation, judge, encode(authorisationCodec, createAuthorisation(body, bytesOf(judge))), handle);
    }
    const scope: Scope = {
      networkId,
      custodyKeyId: custodyKey.custodyKeyId,
      groupId: bytesOf('group', 16),
      epoch: 7n,
      leafIndex: 3,
      deviceId: device.id,
      day: DAY,
    };
    const created = createGrant(scope, Y, { dayRoot: bytesOf('day root'), envSigSeed: device.envSeed });
    const roster = createRoster(
      {
        networkId,
        groupId: scope.groupId,
        epoch: scope.epoch,
        treeHash: bytesOf('tree'),
        confirmedTranscriptHash: bytesOf('transcript'),
        members: [{ leafIndex: 3, deviceId: device.id, accountId: device.account }],
      },
      bytesOf('relay'),
    );
    const rosterIndex = this.#commit(EntryType.roster, 'relay', objectHash(rosterCodec, roster), { handle: rosterHandle(scope) });
    const grantIndex = this.#commit(EntryType.grant, 'relay', encode(grantCodec, created.grant));
    const request = createReleaseRequest(
      {
        requestId: bytesOf('request', 16),
        orderHash: orderHash(order),
        agencyId: agency.id,
        purpose: 2,
        officerId: officerIdOf('reader'),
        grantIds: [created.grantId],
        time: BigInt(NOW),
      },
      bytesOf('reader'),
    );
    const requestIndex = this.#commit(EntryType.releaseRequest, 'reader', encode(releaseRequestCodec, request), handle);
    const releases = [1, 3].map((index) => {
      const context = { orderHash: orderHash(order), grantId: created.grantId, agencyId: agency.id, index, shareGen: 1 };
      const share = createPartial(shareOf(index), created.grant.head.enc, context, randomOf(`dleq ${index}`));
      const to = { requestIndex, context, readerHpkeKey: agency.gateway.publicKey };
      const release = createRelease(to, share, bytesOf(`custodian ${index}`), randomOf(`seal ${index}`));
      this.#commit(EntryType.release, `custodian ${index}`, encode(releasesBodyCodec, [releaseHash(release)]), handle);
      return { release: encode(releaseCodec, release), share: encode(releaseShareCodec, share) };
    });

    let chain: ChainState = CHAIN_START;
    const sealed = ['the boat comes at six', 'bring the money', 'my wife is ill', 'burn this'].map((body, i) => {
      const content = encodeContent({ type: 1, expireS: 0, body });
      const message = { msgId: bytesOf(`message ${i}`, 16), grantId: created.grantId, sentMs: BigInt(NOW) * 1000n, content };
      const envelope = sealEnvelope(message, chain, { K: created.K, envSigSeed: device.envSeed }, randomOf(`message ${i}`));
      chain = envelope.chain;
      return { ...envelope, content, msgId: message.msgId };
    });
    const envHashes = sealed.map(({ envHash }) => envHash);
    const stampIndex = this.#commit(
      EntryType.envelopeBatch,
      'relay',
      encode(envelopeBatchCodec, createEnvelopeBatch(9n, envHashes)),
    );
    const shown = sealed.filter((_, i) => i !== 2);
    const event = createReadEvent(
      {
        orderHash: orderHash(order),
        grantId: created.grantId,
        agencyId: agency.id,
        officerId: officerIdOf('detective'),
        purpose: 2,
        action: 3,
        msgIds: shown.map(({ msgId }) => msgId),
        prevEvent: new Uint8Array(32),
        time: BigInt(NOW + 60),
      },
      bytesOf('reader'),
    );
    this.#commit(EntryType.readEvent, 'reader', encode(readEventCodec, event), handle);

    // The proofs that the manifest names are made under a checkpoint before it; the manifest's own entry comes last.
    const named = new Set([
      EntryType.order,
      EntryType.authorisation,
      EntryType.releaseRequest,
      EntryType.release,
      EntryType.readEvent,
    ]);
    const proofs = this.#proofs(NOW + 120);
    const isNamed = (row: LogRow): boolean => named.has(typeOf(row) as never);
    this.manifest = createEvidenceManifest(
      {
        manifestId: bytesOf('manifest', 16),
        orderHash: orderHash(order),
        agencyId: agency.id,
        officerId: officerIdOf('detective'),
        grants: [{ grantId: created.grantId, logIndex: grantIndex, kCommit: created.grant.head.kCommit, indices: [1, 3] }],
        items: shown.map(({ msgId, envHash, content }) => ({ msgId, envHash, stampIndex, contentHash: crypto.sha256(content) })),
        proofs: proofs.filter((_, i) => isNamed(this.rows[i] as LogRow)).map((proof) => crypto.sha256(proof)),
        time: BigInt(NOW + 120),
      },
      bytesOf('reader'),
    );
    this.#commit(EntryType.statement, 'reader', objectHash(evidenceManifestCodec, this.manifest), handle);
    proofs.push(this.#proofs(NOW + 180).at(-1) as Uint8Array);

    const stampOf = (envHash: Uint8Array): Uint8Array =>
      encode(relayStampCodec, createRelayStamp({ envHash, recvMs: BigInt(NOW) * 1000n + 500n, batch: 9n }, bytesOf('relay')));
    const third = parseEnvelope((sealed[2] as (typeof sealed)[number]).bytes);
    this.parts = {
      rootKey: publicKeyOf('root'),
      manifest: encode(evidenceManifestCodec, this.manifest),
      annex: encode(annexCodec, annex),
      entries: this.rows.map((row, i) => ({ index: BigInt(i), ...row, proof: proofs[i] as Uint8Array })),
      rosters: [{ index: rosterIndex, roster: encode(rosterCodec, roster) }],
      batches: [{ index: stampIndex, envHashes }],
      releases,
      envelopes: shown.map(({ bytes, envHash }) => ({ envelope: bytes, stamp: stampOf(envHash) })),
      withheld:
        options.gap === true
          ? []
          : [
              {
                hdr: encode(envelopeHeaderCodec, third.hdr),
                kc: third.kc,
                ctHash: crypto.sha256(third.ct),
                wrapHash: crypto.sha256(third.wrap),
                sig: third.sig,
              },
            ],
    };
  }

  /** The whole log under a checkpoint that two witnesses cosigned. */
  checkpoint(time: number): Uint8Array {
    const root = merkleRoot(this.rows.map(({ entry }) => entryHash(entry)));
    const bytes = createCheckpoint({ size: this.rows.length, root }, deriveSignerKey(ORIGIN, LOG_KEY, bytesOf('log')));
    let note = parseNote(bytes);
    for (const name of ['w1', 'w2']) {
      const key = deriveSignerKey(name, WITNESS_KEY, bytesOf(name));
      note = addCosignatures(note, [createCosignature(note.text, key, time)], key);
    }
    return formatNote(note);
  }

  #proofs(time: number): Uint8Array[] {
    const checkpoint = this.checkpoint(time);
    const hashes = this.rows.map(({ entry }) => entryHash(entry));
    const read = ({ height, index }: { height: number; index: number }): Uint8Array =>
      merkleRoot(hashes.slice(index * 2 ** height, (index + 1) * 2 ** height));
    return hashes.map((_, index) =>
      formatProofFile({ extra: null, index, proof: proveInclusion(index, hashes.length, read), checkpoint }),
    );
  }

  #certify(name: string, organisationId: Uint8Array, roles: number[], key: OfficerKey, authority = 'justice'): void {
    const body = { networkId, officerId: officerIdOf(name), organisationId, roles, ...key, from: FROM, to: TO };
    const cert = createOfficerCert(body, bytesOf(authority));
    this.#open(EntryType.cert, authority, encode(certBodyCodec, { kind: 2, cert }));
  }

  #certifyDevice(): void {
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
    this.#open(EntryType.cert, 'registrar', encode(certBodyCodec, { kind: 1, cert }));
  }

  #open(type: EntryType, actor: string, payload: Uint8Array): bigint {
    return this.#append(type, actor, { form: 0, payload }, null, {});
  }

  #commit(type: EntryType, actor: string, body: Uint8Array, to: { handle?: Handle; noticeBy?: bigint } = {}): bigint {
    const opening = { salt: bytesOf(`salt ${this.rows.length}`), payload: encodeSecretPayload(type, body) };
    return this.#append(type, actor, { form: 1, commitment: commit(opening.salt, opening.payload) }, opening, to);
  }

  #append(
    type: EntryType,
    actor: string,
    form: EntryForm,
    opening: LogRow['secret'],
    { handle = ZERO_HANDLE, noticeBy = 0n }: { handle?: Handle; noticeBy?: bigint },
  ): bigint {
    const lane = `${Buffer.from(keyId(publicKeyOf(actor))).toString('hex')} ${Buffer.from(handle).toString('hex')}`;
    const prevIndex = this.#last.get(lane) ?? NO_PREVIOUS_ENTRY;
    const index = BigInt(this.rows.length);
    this.#last.set(lane, index);
    const entry = createLogEntry({ type, handle, hour: hourOf(NOW), noticeBy, prevIndex, ...form }, bytesOf(actor));
    this.rows.push({ entry, secret: opening });
    return index;
  }
}

function typeOf({ entry }: LogRow): number {
  return entry[2] as number;
}

function warrant(): Order {
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
    readers: [{ agencyId: agency.id, readerHpkeKey: agency.gateway.publicKey, purposes: [2], excludedTerritories: [] }],
    mode: 2,
    dayFrom: DAY,
    dayTo: DAY + 9,
    notBefore: BigInt(NOW),
    expires: BigInt(NOW) + 864_000n,
    maxGrants: 10,
    notifyBy: BigInt(NOW) + 7_776_000n,
    reviewBy: 0n,
    required: [{ role: 1, m: 2 }],
  };
}

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

function createTestProfile(custodyKey: CustodyKey) {
  return createProfile(
    {
      networkId,
      profileSeq: 1,
      issued: FROM,
      validTo: TO,
      prevProfile: new Uint8Array(32),
      mlsSuite: 1,
      pq: 0,
      dayZero: DAY - 100,
      custodyKeys: [{ custodyKeyId: custodyKey.custodyKeyId, Y, fromDay: DAY - 100, toDay: DAY + 100 }],
      relayKeys: [publicKeyOf('relay')],
      logOrigin: fromUtf8(ORIGIN),
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
        rules: [{ kind: 1, breadth: 1, required: [{ role: 1, m: 2 }] }],
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
}

/** The network before it exists: its keys, its people, its agencies, its clock, and the profile that they are named in (PROTOCOL 1, 4). */
import { compare, encode, fromUtf8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import {
  type Annex,
  annexCodec,
  type CustodyKey,
  createProfile,
  dayOf,
  type NetworkProfile,
  objectHash,
  profileCodec,
} from '@countersign/custody';
import { deriveKeyPair, type KeyPair } from '@countersign/threshold';
import { deriveSignerKey, LOG_KEY, type SignerKey, WITNESS_KEY } from '@countersign/tlog';

export const CUSTODIANS = 5;
export const THRESHOLD = 3;
const WITNESSES = ['witness-library', 'witness-university', 'witness-press'] as const;
const WITNESS_W = 2;
const SUBJECTS_MAX = 1000;
const ORIGIN = 'log.chain.example/countersign';
const YEAR_S = 31_536_000;

/** An Ed25519 key pair. */
export interface Signer {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
}

export interface Officer extends Signer {
  readonly name: string;
  readonly id: Uint8Array;
  readonly organisation: Uint8Array;
  readonly roles: readonly number[];
}

/** An agency's gateway: it asks for nothing itself here, it reads. */
export interface Gateway extends Signer {
  readonly id: Uint8Array;
  readonly agency: Uint8Array;
  readonly hpke: KeyPair;
}

export interface World {
  /** Moved by the chain alone. */
  readonly clock: { now: number };
  readonly random: Random;
  readonly networkId: Uint8Array;
  /** Certificates and profile hold from `from` to `to`, unix seconds. */
  readonly from: number;
  readonly to: number;
  readonly dayZero: number;
  readonly root: Signer;
  readonly relay: Signer;
  readonly log: SignerKey;
  readonly witnesses: readonly SignerKey[];
  readonly witnessW: number;
  /** Certifies devices; holds role 6. */
  readonly registrar: Authority;
  /** Certifies officers; holds roles 1 to 5. */
  readonly justice: Authority;
  /** Certifies gateways; holds role 7. */
  readonly gatewayOffice: Authority;
  readonly judges: readonly [Officer, Officer];
  readonly oversight: Officer;
  readonly detective: Officer;
  readonly gateway: Gateway;
  /** Of another agency, which no order here names. */
  readonly otherGateway: Gateway;
  readonly annex: Annex;
}

export interface Authority extends Signer {
  readonly id: Uint8Array;
  readonly hpke: KeyPair;
  readonly roles: number[];
}

/** Fresh keys for everybody; `now` is the first second of the story. */
export function createWorld(now: number, random: Random): World {
  const [court, agency, otherAgency, board] = [random(16), random(16), random(16), random(16)] as const;
  const person = (name: string, organisation: Uint8Array, roles: number[]): Officer => ({
    ...createSigner(random),
    name,
    id: random(16),
    organisation,
    roles,
  });
  const gateway = (of: Uint8Array): Gateway => ({
    ...createSigner(random),
    id: random(16),
    agency: of,
    hpke: deriveKeyPair(random(32)),
  });
  const authority = (roles: number[]): Authority => ({
    ...createSigner(random),
    id: random(16),
    hpke: deriveKeyPair(random(32)),
    roles,
  });
  return {
    clock: { now },
    random,
    networkId: random(16),
    from: now - YEAR_S / 12,
    to: now + YEAR_S,
    dayZero: dayOf(now) - 1,
    root: createSigner(random),
    relay: createSigner(random),
    log: deriveSignerKey(ORIGIN, LOG_KEY, random(32)),
    witnesses: WITNESSES.map((name) => deriveSignerKey(name, WITNESS_KEY, random(32))),
    witnessW: WITNESS_W,
    registrar: authority([6]),
    justice: authority([1, 2, 3, 4, 5]),
    gatewayOffice: authority([7]),
    judges: [person('Judge Vermeer', court, [1]), person('Judge Okafor', court, [1])],
    oversight: person('the oversight board', board, [3]),
    detective: person('Detective Lindqvist', agency, [4]),
    gateway: gateway(agency),
    otherGateway: gateway(otherAgency),
    annex: createAnnex(agency, otherAgency, court),
  };
}

export function createSigner(random: Random): Signer {
  const seed = random(32);
  return { seed, key: crypto.ed25519PublicKey(seed) };
}

/** The court's officers authorise for both agencies. */
function createAnnex(agency: Uint8Array, otherAgency: Uint8Array, court: Uint8Array): Annex {
  const row = (agencyId: Uint8Array, territory: string, name: string) => ({
    agencyId,
    territory,
    name: fromUtf8(name),
    organisations: [court],
  });
  const agencies = [row(agency, 'SE', 'National Police'), row(otherAgency, 'FR', 'Customs')];
  return {
    purposes: [{ purpose: 8, name: fromUtf8('other_serious_crime') }],
    agencies: agencies.sort((a, b) => compare(a.agencyId, b.agencyId)),
  };
}

/** Profile 1, signed by the root: two officers in role 1 for any warrant. */
export function createFirstProfile(world: World, custodyKey: CustodyKey): NetworkProfile {
  const { networkId, from, to, dayZero, relay, log, witnesses, annex, root } = world;
  const { custodyKeyId, Y, fromDay } = custodyKey;
  const authorities = [world.registrar, world.justice, world.gatewayOffice];
  const required = [{ role: 1, m: 2 }];
  return createProfile(
    {
      networkId,
      profileSeq: 1,
      issued: BigInt(from),
      validTo: BigInt(to),
      prevProfile: new Uint8Array(32),
      mlsSuite: 1,
      pq: 0,
      dayZero,
      custodyKeys: [{ custodyKeyId, Y, fromDay, toDay: fromDay + 365 }],
      relayKeys: [relay.key],
      logOrigin: fromUtf8(log.name),
      logKey: log.publicKey,
      witnesses: witnesses.map(({ name, publicKey }) => ({ name: fromUtf8(name), key: publicKey })),
      witnessW: world.witnessW,
      authorities: authorities.map(({ id, key, hpke, roles }) => ({
        authorityId: id,
        key,
        hpkeKey: hpke.publicKey,
        roles,
      })),
      limits: {
        maxLifetimeS: [7_776_000, 2_592_000, 172_800, 15_552_000],
        noticeMaxS: YEAR_S,
        emergencyReviewS: 86_400,
        maxSubjects: SUBJECTS_MAX,
        rules: [1, 2, 3].map((breadth) => ({ kind: 1, breadth, required })),
      },
      skewS: 600,
      epochGraceS: 300,
      maxEpochAgeS: 604_800,
      checkpointMaxAgeS: 600,
      retentionDays: 365,
      purposeAnnex: objectHash(annexCodec, annex),
    },
    root.seed,
  );
}

/** What a reader of the log believes before he has read it. */
export function anchorOf(world: World) {
  return { networkId: world.networkId, rootKey: world.root.key };
}

export function encodeProfile(profile: NetworkProfile): Uint8Array {
  return encode(profileCodec, profile);
}

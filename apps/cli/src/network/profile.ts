/** The constitution of a new network: the annex and the first profile, signed by the root (PROTOCOL 4.1). */
import { compare, encode, fromHex, fromUtf8 } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import {
  type Annex,
  type Authority,
  annexCodec,
  type CustodyKey,
  createProfile,
  type Limits,
  type NetworkProfile,
  OrderKind,
  Role,
} from '@countersign/custody';
import { hpkeKeyOf, type Institution, type NetworkKeys, publicKeyOf } from './keys.ts';

const DAY_S = 86_400;
const YEAR_DAYS = 365;
/** A profile is followed by a newer one long before it ends. */
const PROFILE_DAYS = 5 * YEAR_DAYS;

/** The registry of purposes, by number. */
export const PURPOSES: Readonly<Record<string, number>> = {
  threat_to_life: 1,
  narcotics: 2,
  firearms: 3,
  money_laundering: 4,
  corruption: 5,
  cybercrime: 6,
  people_smuggling: 7,
  other_serious_crime: 8,
  audit: 9,
  supervision: 10,
};

/** Judges of the court authorise for every agency, and nobody else does. */
export function deriveAnnex(keys: NetworkKeys): Annex {
  const agencies = keys.agencies.map(({ id, name, territory }) => ({
    agencyId: fromHex(id),
    territory,
    name: fromUtf8(name),
    organisations: [fromHex(keys.institutions.court.id)],
  }));
  return {
    purposes: Object.entries(PURPOSES).map(([name, purpose]) => ({ purpose, name: fromUtf8(name) })),
    agencies: agencies.sort((a, b) => compare(a.agencyId, b.agencyId)),
  };
}

const ORDINARY_KINDS = [OrderKind.warrant, OrderKind.production, OrderKind.preservation];

/** How long orders may run and who must approve them; an order that reaches the whole network needs a second judge. */
export const LIMITS: Limits = {
  maxLifetimeS: [180 * DAY_S, 180 * DAY_S, 7 * DAY_S, YEAR_DAYS * DAY_S],
  noticeMaxS: YEAR_DAYS * DAY_S,
  emergencyReviewS: 3 * DAY_S,
  maxSubjects: 256,
  rules: [
    ...ORDINARY_KINDS.map((kind) => ({ kind, breadth: 1, required: [{ role: Role.authority, m: 1 }] })),
    ...ORDINARY_KINDS.map((kind) => ({ kind, breadth: 3, required: [{ role: Role.dutyAuthority, m: 1 }] })),
    { kind: OrderKind.emergency, breadth: 1, required: [{ role: Role.dutyAuthority, m: 1 }] },
  ],
};

/** The first day that the custody key serves: yesterday, since clocks differ around midnight. */
export function firstDay(issued: number): number {
  return Math.floor(issued / DAY_S) - 1;
}

export function createFirstProfile(keys: NetworkKeys, custodyKey: CustodyKey): NetworkProfile {
  const dayZero = firstDay(keys.issued);
  const { custodyKeyId, Y, fromDay } = custodyKey;
  return createProfile(
    {
      networkId: fromHex(keys.networkId),
      profileSeq: 1,
      issued: BigInt(keys.issued),
      validTo: BigInt(keys.issued + PROFILE_DAYS * DAY_S),
      prevProfile: new Uint8Array(32),
      mlsSuite: 1,
      pq: 0,
      dayZero,
      custodyKeys: [{ custodyKeyId, Y, fromDay, toDay: fromDay + YEAR_DAYS }],
      relayKeys: [publicKeyOf(keys.relaySeed)],
      logOrigin: fromUtf8(keys.origin),
      logKey: publicKeyOf(keys.logSeed),
      witnesses: keys.witnesses.map(({ name, seed }) => ({ name: fromUtf8(name), key: publicKeyOf(seed) })),
      witnessW: witnessQuorum(keys.witnesses.length),
      authorities: Object.values(keys.institutions).map(authorityOf),
      limits: LIMITS,
      skewS: 600,
      epochGraceS: 300,
      maxEpochAgeS: 7 * DAY_S,
      checkpointMaxAgeS: 600,
      retentionDays: YEAR_DAYS,
      purposeAnnex: labelledHash('AC1 object', encode(annexCodec, deriveAnnex(keys))),
    },
    fromHex(keys.rootSeed),
  );
}

/** The smallest majority: two halves could cosign two logs. */
export function witnessQuorum(witnesses: number): number {
  return Math.floor(witnesses / 2) + 1;
}

function authorityOf({ id, seed, hpkeSecret, roles }: Institution): Authority {
  return { authorityId: fromHex(id), key: publicKeyOf(seed), hpkeKey: hpkeKeyOf(hpkeSecret), roles: [...roles] };
}

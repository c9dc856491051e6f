/** The keys, profile and custody key of a test network; the custody key is a dealer's, since members see only its public side. */
import { encode, fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  annexCodec,
  createProfile,
  custodyKeyCodec,
  custodyKeyId,
  objectHash,
  profileCodec,
  signCustodyKey,
} from '@countersign/custody';

export const seedOf = (name: string): Uint8Array => crypto.sha256(fromUtf8(name));
export const keyOf = (name: string): Uint8Array => crypto.ed25519PublicKey(seedOf(name));
const pointOf = (name: string): Uint8Array => crypto.p256PublicKey(seedOf(name));
const id16 = (name: string): Uint8Array => seedOf(name).slice(0, 16);

export const ORIGIN = 'log.example/client';
export const NETWORK_ID = id16('network');
const DAY_S = 86_400;
const CUSTODIANS = 3;

export const AUTHORITIES = [
  { name: 'registrar', roles: [6] },
  { name: 'justice', roles: [1, 2, 3, 4, 5] },
];

const ANNEX = {
  purposes: [{ purpose: 1, name: fromUtf8('threat_to_life') }],
  agencies: [{ agencyId: id16('agency'), territory: 'DE', name: fromUtf8('agency'), organisations: [id16('court')] }],
};

export interface Genesis {
  readonly profile: Uint8Array;
  readonly custodyKey: Uint8Array;
  readonly annex: Uint8Array;
}

/** `nowS` unix seconds. */
export function createGenesis(nowS: number, changes: { readonly maxEpochAgeS?: number } = {}): Genesis {
  const today = Math.floor(nowS / DAY_S);
  const key = createCustodyKey(today - 10);
  const body = {
    networkId: NETWORK_ID,
    profileSeq: 1,
    issued: BigInt(nowS - DAY_S),
    validTo: BigInt(nowS + 100 * DAY_S),
    prevProfile: new Uint8Array(32),
    mlsSuite: 1,
    pq: 0,
    dayZero: today - 10,
    custodyKeys: [{ custodyKeyId: key.custodyKeyId, Y: key.Y, fromDay: today - 10, toDay: today + 100 }],
    relayKeys: [keyOf('relay'), keyOf('log')],
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
    epochGraceS: 300,
    maxEpochAgeS: changes.maxEpochAgeS ?? 604_800,
    checkpointMaxAgeS: 600,
    retentionDays: 365,
    purposeAnnex: objectHash(annexCodec, ANNEX),
  };
  return {
    profile: encode(profileCodec, createProfile(body, seedOf('root'))),
    custodyKey: encode(custodyKeyCodec, key),
    annex: encode(annexCodec, ANNEX),
  };
}

function createCustodyKey(fromDay: number) {
  const Y = pointOf('custody');
  const indices = Array.from({ length: CUSTODIANS }, (_, i) => i + 1);
  const custodians = indices.map((index) => {
    const point = pointOf(`share ${index}`);
    return {
      index,
      name: fromUtf8(`custodian ${index}`),
      Yi: Uint8Array.of(2 + ((point[64] as number) % 2), ...point.subarray(1, 33)),
      sigKey: keyOf(`custodian ${index}`),
      hpkeKey: pointOf(`custodian hpke ${index}`),
    };
  });
  const id = custodyKeyId(NETWORK_ID, fromDay, Y);
  const body = {
    ...{ networkId: NETWORK_ID, fromDay, Y, custodyKeyId: id },
    ...{ t: 2, n: CUSTODIANS, shareGen: 1, custodians, transcriptHash: seedOf('transcript') },
  };
  const signers = [...indices.map((index) => `custodian ${index}`), 'root'];
  return { ...body, sigs: signers.map((name) => signCustodyKey(body, seedOf(name))) };
}

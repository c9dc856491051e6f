/** NetworkProfile: the root's statement of keys, limits and times that everybody in the network judges by (PROTOCOL 4). */
import {
  decode,
  ensure,
  equal,
  type Infer,
  isZero,
  list,
  opaque,
  refine,
  struct,
  toHex,
  uint8,
  uint16,
  uint32,
  uint64,
  version,
} from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { authorityCodec } from './authority.ts';
import { type CustodyKeyRef, custodyKeyId, custodyKeyRefCodec } from './custody-key.ts';
import { hash, networkId, type SigKey, sig, sigKey } from './ids.ts';
import { limitsCodec } from './limits.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const witnessCodec = struct({ name: opaque(1, 255), key: sigKey });
export type Witness = Infer<typeof witnessCodec>;

export const profileCodec = struct({
  version,
  networkId,
  profileSeq: uint32,
  /** Unix seconds, as is `validTo`, which is the first second that the profile no longer covers. */
  issued: uint64,
  validTo: uint64,
  /** H("AC1 object", previous profile); zeros in the first. */
  prevProfile: hash,
  mlsSuite: uint16,
  pq: refine(uint8, (pq) => pq === 0),
  dayZero: uint32,
  custodyKeys: list(custodyKeyRefCodec, 105, 65_535),
  relayKeys: list(sigKey, 32, 65_535),
  logOrigin: opaque(1, 255),
  logKey: sigKey,
  witnesses: list(witnessCodec, 34, 65_535),
  witnessW: uint8,
  authorities: list(authorityCodec, 115, 65_535),
  limits: limitsCodec,
  skewS: uint32,
  epochGraceS: uint32,
  maxEpochAgeS: uint32,
  checkpointMaxAgeS: uint32,
  retentionDays: uint32,
  /** H("AC1 object", Annex). */
  purposeAnnex: hash,
  sig,
});
export type NetworkProfile = Infer<typeof profileCodec>;

/** Signed by the network root. */
export function createProfile(body: Omit<NetworkProfile, 'sig'>, rootSeed: Uint8Array): NetworkProfile {
  return createSigned(profileCodec, 'AC1 profile', body, rootSeed);
}

/** What the profile that is about to be judged follows on. */
export interface ProfileLink {
  readonly profileSeq: number;
  /** H("AC1 object", that profile). */
  readonly hash: Uint8Array;
}

/** A profile proven to follow on its predecessor; whether it is logged, and still current, is for the caller to ask. */
export interface VerifiedProfile extends ProfileLink {
  readonly profile: NetworkProfile;
}

/**
 * The profile of `bytes`, signed by the root and linked to `previous` (null: the first of the network). A sequence number that
 * is not higher is `profile.stale`; a signature, link or rule that fails is `profile.invalid` (PROTOCOL 4).
 */
export function verifyProfile(bytes: Uint8Array, rootKey: SigKey, previous: ProfileLink | null): VerifiedProfile {
  const profile = decode(profileCodec, bytes);
  ensure(isSignedBy(profileCodec, 'AC1 profile', profile, rootKey), 'profile.invalid');
  if (previous === null) ensure(isZero(profile.prevProfile), 'profile.invalid');
  else {
    ensure(profile.profileSeq > previous.profileSeq, 'profile.stale');
    ensure(equal(profile.prevProfile, previous.hash), 'profile.invalid');
  }
  ensureWitnessMajority(profile);
  ensureCustodyKeysContiguous(profile);
  return { profile, profileSeq: profile.profileSeq, hash: labelledHash('AC1 object', bytes) };
}

/** The newest of a chain that starts with the network's first profile, each linked to the one before; codes of `verifyProfile`. */
export function verifyProfileChain(chain: readonly Uint8Array[], rootKey: SigKey): VerifiedProfile {
  let newest: VerifiedProfile | null = null;
  for (const bytes of chain) newest = verifyProfile(bytes, rootKey, newest);
  ensure(newest !== null, 'profile.invalid');
  return newest;
}

/** `profile.stale` unless `now` lies in the profile's time; a clock may be skew_s behind the root's. */
export function ensureProfileCurrent(profile: NetworkProfile, now: number): void {
  ensure(now + profile.skewS >= profile.issued && now < profile.validTo, 'profile.stale');
}

/** The custody key that opens the messages of `day`, or null. */
export function custodyKeyOfDay(profile: NetworkProfile, day: number): CustodyKeyRef | null {
  return profile.custodyKeys.find(({ fromDay, toDay }) => fromDay <= day && day <= toDay) ?? null;
}

/** With half of the witnesses or fewer, two halves could cosign two logs; one key twice would be one witness (PROTOCOL 4). */
function ensureWitnessMajority({ witnesses, witnessW }: NetworkProfile): void {
  ensure(2 * witnessW > witnesses.length && witnessW <= witnesses.length, 'profile.invalid');
  ensure(new Set(witnesses.map(({ key }) => toHex(key))).size === witnesses.length, 'profile.invalid');
}

/** Each day of the range has exactly one key, and each id is the hash of what it names (PROTOCOL 4). */
function ensureCustodyKeysContiguous({ networkId, custodyKeys }: NetworkProfile): void {
  custodyKeys.forEach((key, i) => {
    const before = custodyKeys[i - 1];
    ensure(key.fromDay <= key.toDay, 'profile.invalid');
    ensure(before === undefined || key.fromDay === before.toDay + 1, 'profile.invalid');
    ensure(equal(key.custodyKeyId, custodyKeyId(networkId, key.fromDay, key.Y)), 'profile.invalid');
  });
}

/** The network as this device has proven it: profile, custody keys, devices, policy (PROTOCOL 4). */
import { concat, decode, ensure, equal, toHex } from '@countersign/bytes';
import {
  type CustodyKey,
  type CustodyKeyRef,
  custodyKeyOfDay,
  type Device,
  type DeviceCert,
  type DeviceId,
  dayOf,
  deviceCertCodec,
  isDeviceValidAt,
  isSameDevice,
  type NetworkProfile,
  type ProfileLink,
  verifyDeviceCert,
} from '@countersign/custody';
import { CUSTODY_CONTEXTS_MAX, type IdentityRules } from '@countersign/mls';
import type { FeaturePolicy } from '@countersign/wire';
import type { SeenTree } from './logged.ts';

export interface NetworkFacts {
  readonly link: ProfileLink;
  readonly profile: NetworkProfile;
  /** Proven to be logged, with all their signatures: what a device may seal to. */
  readonly custodyKeys: readonly CustodyKey[];
  readonly devices: readonly Device[];
  readonly policy: FeaturePolicy;
  readonly policySeq: number;
  readonly seen: SeenTree | null;
}

const DAY_S = 86_400;

export class Network {
  readonly facts: NetworkFacts;
  readonly #devices: ReadonlyMap<string, Device>;

  constructor(facts: NetworkFacts) {
    this.facts = facts;
    this.#devices = new Map(facts.devices.map((device) => [toHex(device.deviceId), device]));
  }

  get profile(): NetworkProfile {
    return this.facts.profile;
  }

  /** What the directory says of a device; null when it says nothing. */
  device(deviceId: DeviceId): Device | null {
    return this.#devices.get(toHex(deviceId)) ?? null;
  }

  /** The row of the profile for `day`, if its key is proven: else `custody_key.invalid`, and nothing may be sealed. */
  sealingKey(day: number): CustodyKeyRef {
    const ref = custodyKeyOfDay(this.profile, day);
    const isProven = ref !== null && this.facts.custodyKeys.some((key) => equal(key.custodyKeyId, ref.custodyKeyId));
    ensure(ref !== null && isProven, 'custody_key.invalid');
    return ref;
  }

  /** The custody key in force on a day with its custodians; null while it is not proven. */
  custodyKey(day: number): CustodyKey | null {
    const ref = custodyKeyOfDay(this.profile, day);
    return ref === null ? null : (this.facts.custodyKeys.find((key) => equal(key.custodyKeyId, ref.custodyKeyId)) ?? null);
  }

  /** Contexts of the exporter for an epoch that starts now: the keys of `floorDay` up to the oldest age of an epoch (PROTOCOL 5). */
  custodyContexts(floorDay: number, nowS: number): Uint8Array[] {
    const { custodyKeys, maxEpochAgeS, networkId } = this.profile;
    const lastDay = dayOf(nowS + maxEpochAgeS + DAY_S);
    return custodyKeys
      .filter(({ fromDay, toDay }) => fromDay <= lastDay && toDay >= floorDay)
      .map(({ custodyKeyId }) => concat(networkId, custodyKeyId))
      .slice(-CUSTODY_CONTEXTS_MAX);
  }

  /** A certificate of this network, signed by a registrar, that names no other account or keys than the first: else `cert.invalid`. */
  verifyCert(bytes: Uint8Array): DeviceCert {
    const cert = verifyDeviceCert(decode(deviceCertCodec, bytes), this.profile.authorities, this.profile.networkId);
    const known = this.device(cert.deviceId);
    if (known !== null) {
      const first: DeviceCert = { ...cert, ...known };
      ensure(isSameDevice(first, cert), 'cert.invalid');
    }
    return cert;
  }

  /** Whether a certified device counts at `timeS`: the newest certificate's dates, and no revocation before (PROTOCOL 4). */
  isValid(cert: DeviceCert, timeS: number | bigint): boolean {
    const known = this.device(cert.deviceId);
    const term = { from: cert.notBefore, to: cert.notAfter };
    const device: Device = { ...cert, terms: [term, ...(known?.terms ?? [])], revokedFrom: known?.revokedFrom ?? null };
    return isDeviceValidAt(device, timeS);
  }
}

/**
 * Who stands behind a leaf. Dates and revocations are judged where they matter: at the time of receipt for a message, and before
 * sending for the members of the epoch; a Commit from a backlog may well add a device that was revoked since.
 */
export function identityRules(network: () => Network): IdentityRules {
  return {
    authenticate: (identity, signatureKey) => equal(network().verifyCert(identity).mlsSigKey, signatureKey),
    parseIdentity: (identity) => decode(deviceCertCodec, identity),
  };
}

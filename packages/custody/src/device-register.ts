/** The devices that the logged certificates name: identity fixed by the first, dates by all of them (PROTOCOL 4). */
import { toHex } from '@countersign/bytes';
import { CertKind, type CertRevocation, revokedFrom } from './cert-revocation.ts';
import { type DeviceCert, isSameDevice } from './device-cert.ts';
import type { AccountId, DeviceId, SigKey } from './ids.ts';
import { isRevokedOnDay, isValidAt, isValidOnDay, type Period } from './validity.ts';

export interface Device {
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  readonly mlsSigKey: SigKey;
  readonly envSigKey: SigKey;
  readonly terms: readonly Period[];
  /** Unix seconds, or null. */
  readonly revokedFrom: bigint | null;
}

/** The device of an id, or null where no certificate is logged. */
export type Devices = (deviceId: DeviceId) => Device | null;

/** One device of each id. `certs` are verified and in log order: a later one with another account or key is passed over. */
export function registerDevices(certs: readonly DeviceCert[], revocations: readonly CertRevocation[]): Device[] {
  const first = new Map<string, DeviceCert>();
  const terms = new Map<string, Period[]>();
  for (const cert of certs) {
    const id = toHex(cert.deviceId);
    const known = first.get(id);
    if (known !== undefined && !isSameDevice(known, cert)) continue;
    if (known === undefined) first.set(id, cert);
    const held = terms.get(id) ?? [];
    held.push({ from: cert.notBefore, to: cert.notAfter });
    terms.set(id, held);
  }
  return [...first].map(([id, cert]) => ({
    deviceId: cert.deviceId,
    accountId: cert.accountId,
    mlsSigKey: cert.mlsSigKey,
    envSigKey: cert.envSigKey,
    terms: terms.get(id) ?? [],
    revokedFrom: revokedFrom(revocations, CertKind.device, cert.deviceId),
  }));
}

/** Look-up by id. */
export function devicesById(devices: readonly Device[]): Devices {
  const byId = new Map(devices.map((device) => [toHex(device.deviceId), device]));
  return (deviceId) => byId.get(toHex(deviceId)) ?? null;
}

/** How relay and recipients judge a device: certified and not revoked at the moment of receipt. */
export function isDeviceValidAt({ terms, revokedFrom }: Device, time: number | bigint): boolean {
  return terms.some((term) => isValidAt(term, time)) && (revokedFrom === null || time < revokedFrom);
}

/** How custodians and auditors judge a device: certified on the scope's day and not revoked at its beginning. */
export function isDeviceValidOnDay({ terms, revokedFrom }: Device, day: number): boolean {
  return terms.some((term) => isValidOnDay(term, day)) && !isRevokedOnDay(revokedFrom, day);
}

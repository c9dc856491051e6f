/** DeviceCert: the registrar's statement that a device belongs to an account and holds two keys (PROTOCOL 4). */
import { ensure, equal, type Infer, struct, uint64, version } from '@countersign/bytes';
import { type Authorities, findSigner } from './authority.ts';
import { accountId, deviceId, type NetworkId, networkId, sig, sigKey } from './ids.ts';
import { Role } from './role.ts';
import { createSigned } from './signed.ts';
import { isValidAt } from './validity.ts';

export const deviceCertCodec = struct({
  version,
  networkId,
  accountId,
  deviceId,
  mlsSigKey: sigKey,
  envSigKey: sigKey,
  /** Unix seconds; valid at t with notBefore <= t < notAfter. */
  notBefore: uint64,
  notAfter: uint64,
  sig,
});
export type DeviceCert = Infer<typeof deviceCertCodec>;

/** Signed by an authority with role 6. */
export function createDeviceCert(body: Omit<DeviceCert, 'sig'>, registrarSeed: Uint8Array): DeviceCert {
  return createSigned(deviceCertCodec, 'AC1 device cert', body, registrarSeed);
}

/** The certificate, proven to be a registrar's and to name two different keys, whatever its dates; else `cert.invalid`. */
export function verifyDeviceCert(cert: DeviceCert, authorities: Authorities, network: NetworkId | null = null): DeviceCert {
  ensure(network === null || equal(cert.networkId, network), 'cert.invalid');
  ensure(deviceCertSigner(cert, authorities) !== null, 'cert.invalid');
  ensure(!equal(cert.mlsSigKey, cert.envSigKey), 'cert.invalid');
  return cert;
}

/** The key of the registrar that signed it, or null. */
export function deviceCertSigner(cert: DeviceCert, authorities: Authorities): Uint8Array | null {
  return findSigner(deviceCertCodec, 'AC1 device cert', cert, authorities, [Role.registrar]);
}

/** `cert.invalid` unless the certificate is in force at unix second `time`. */
export function ensureDeviceCertCurrent({ notBefore, notAfter }: DeviceCert, time: number | bigint): void {
  ensure(isValidAt({ from: notBefore, to: notAfter }, time), 'cert.invalid');
}

/** Account and keys of a device never change; a later certificate moves the dates only (PROTOCOL 4). */
export function isSameDevice(first: DeviceCert, later: DeviceCert): boolean {
  return (
    equal(first.deviceId, later.deviceId) &&
    equal(first.accountId, later.accountId) &&
    equal(first.mlsSigKey, later.mlsSigKey) &&
    equal(first.envSigKey, later.envSigKey)
  );
}

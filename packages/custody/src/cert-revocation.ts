/** CertRevocation: from when on a device or an officer is no longer believed (PROTOCOL 4). */
import { ensure, enumeration, equal, fixed, type Infer, struct, uint16, uint64, version } from '@countersign/bytes';
import { type Authorities, findSigner } from './authority.ts';
import { type NetworkId, networkId, sig } from './ids.ts';
import { Role } from './role.ts';
import { createSigned } from './signed.ts';

export const CertKind = { device: 1, officer: 2 } as const;
export type CertKind = (typeof CertKind)[keyof typeof CertKind];

export const certRevocationCodec = struct({
  version,
  networkId,
  kind: enumeration(1, [CertKind.device, CertKind.officer]),
  /** DeviceId or OfficerId. */
  id: fixed<'CertId'>(16),
  /** Unix seconds. */
  from: uint64,
  reason: uint16,
  sig,
});
export type CertRevocation = Infer<typeof certRevocationCodec>;

/** Signed by an authority that could have signed the certificate. */
export function createCertRevocation(body: Omit<CertRevocation, 'sig'>, authoritySeed: Uint8Array): CertRevocation {
  return createSigned(certRevocationCodec, 'AC1 cert revocation', body, authoritySeed);
}

/** The revocation, proven to be signed by an authority entitled to it; `officerRoles` are those of an officer's cert. Else `cert.invalid`. */
export function verifyCertRevocation(
  revocation: CertRevocation,
  authorities: Authorities,
  officerRoles: readonly number[],
  network: NetworkId | null = null,
): CertRevocation {
  ensure(network === null || equal(revocation.networkId, network), 'cert.invalid');
  ensure(certRevocationSigner(revocation, authorities, officerRoles) !== null, 'cert.invalid');
  return revocation;
}

/** The key of the authority that signed it, or null. */
export function certRevocationSigner(
  revocation: CertRevocation,
  authorities: Authorities,
  officerRoles: readonly number[],
): Uint8Array | null {
  const roles = revocation.kind === CertKind.device ? [Role.registrar] : officerRoles;
  return findSigner(certRevocationCodec, 'AC1 cert revocation', revocation, authorities, roles);
}

/** The earliest `from` of the revocations that name `id`, or null. */
export function revokedFrom(revocations: readonly CertRevocation[], kind: CertKind, id: Uint8Array): bigint | null {
  let earliest: bigint | null = null;
  for (const revocation of revocations) {
    if (revocation.kind !== kind || !equal(revocation.id, id)) continue;
    if (earliest === null || revocation.from < earliest) earliest = revocation.from;
  }
  return earliest;
}

/** The officers that the logged certificates name: identity fixed by the first, dates by all of them (PROTOCOL 4). */
import { toHex } from '@countersign/bytes';
import { CertKind, type CertRevocation, revokedFrom } from './cert-revocation.ts';
import type { OfficerId, OrganisationId } from './ids.ts';
import { isSameOfficer, type OfficerCert, type OfficerKey } from './officer-cert.ts';
import { isRevokedInHour, isValidAt, isValidInHour, type Period } from './validity.ts';

/** Roles and the time that one certificate gives them for. */
export interface OfficerTerm extends Period {
  readonly roles: readonly number[];
}

export interface Officer {
  readonly officerId: OfficerId;
  readonly organisationId: OrganisationId;
  readonly key: OfficerKey;
  readonly terms: readonly OfficerTerm[];
  /** Unix seconds, or null. */
  readonly revokedFrom: bigint | null;
}

/** The officer of an id, or null where no certificate is logged. */
export type Officers = (officerId: OfficerId) => Officer | null;

/**
 * One officer of each id. `certs` are verified and in log order: a later one with another organisation or key is passed over, since
 * both are those of the first (PROTOCOL 4). `revocations` are verified.
 */
export function registerOfficers(certs: readonly OfficerCert[], revocations: readonly CertRevocation[]): Officer[] {
  const first = new Map<string, OfficerCert>();
  const terms = new Map<string, OfficerTerm[]>();
  for (const cert of certs) {
    const id = toHex(cert.officerId);
    const known = first.get(id);
    if (known !== undefined && !isSameOfficer(known, cert)) continue;
    if (known === undefined) first.set(id, cert);
    const held = terms.get(id) ?? [];
    held.push({ roles: cert.roles, from: cert.from, to: cert.to });
    terms.set(id, held);
  }
  return [...first].map(([id, cert]) => ({
    officerId: cert.officerId,
    organisationId: cert.organisationId,
    key: { alg: cert.alg, key: cert.key } as OfficerKey,
    terms: terms.get(id) ?? [],
    revokedFrom: revokedFrom(revocations, CertKind.officer, cert.officerId),
  }));
}

/** Look-up by id. */
export function officersById(officers: readonly Officer[]): Officers {
  const byId = new Map(officers.map((officer) => [toHex(officer.officerId), officer]));
  return (officerId) => byId.get(toHex(officerId)) ?? null;
}

/** Whether any certificate gives the role, at whatever time. */
export function hasRole({ terms }: Officer, role: number): boolean {
  return terms.some(({ roles }) => roles.includes(role));
}

/** Whether the officer holds the role at unix second `time`. */
export function hasRoleAt({ terms }: Officer, role: number, time: number | bigint): boolean {
  return terms.some((term) => term.roles.includes(role) && isValidAt(term, time));
}

/** Whether the officer holds the role in a log hour, and is not revoked then (PROTOCOL 11.3, step 4). */
export function hasRoleInHour({ terms, revokedFrom }: Officer, role: number, hour: number): boolean {
  const isHeld = terms.some((term) => term.roles.includes(role) && isValidInHour(term, hour));
  return isHeld && !isRevokedInHour(revokedFrom, hour);
}

/** Revocation: an officer stops an order (PROTOCOL 10.1). */
import { ensure, equal, type Infer, struct, uint16, uint64, version } from '@countersign/bytes';
import { type Hash, hash, officerId, role, type SigKey, sig } from './ids.ts';
import { OfficerKeyAlg } from './officer-cert.ts';
import { hasRoleAt, type Officers } from './officer-register.ts';
import type { Order } from './order.ts';
import { Role } from './role.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const revocationCodec = struct({ version, orderHash: hash, officerId, role, reason: uint16, time: uint64, sig });
export type Revocation = Infer<typeof revocationCodec>;

/** Signed with the officer's Ed25519 key; an officer with a passkey refuses by an Authorisation instead. */
export function createRevocation(body: Omit<Revocation, 'sig'>, officerSeed: Uint8Array): Revocation {
  return createSigned(revocationCodec, 'AC1 revocation', body, officerSeed);
}

/** The revocation, proven to be signed by `key`; else `object.signature_invalid`. */
export function verifyRevocation(revocation: Revocation, key: SigKey): Revocation {
  ensure(isSignedBy(revocationCodec, 'AC1 revocation', revocation, key), 'object.signature_invalid');
  return revocation;
}

/** Oversight and order reviewers may stop any order; others only one that names their role. */
function mayRevoke(order: Pick<Order, 'required'>, role: number): boolean {
  return role === Role.oversight || role === Role.orderReviewer || order.required.some((item) => item.role === role);
}

/** Whether the revocation stops the order of `hash`; one that does not count is ignored, so there is no code. */
export function revocationCounts(
  order: Pick<Order, 'required'>,
  hash: Hash,
  revocation: Revocation,
  officers: Officers,
): boolean {
  const officer = officers(revocation.officerId);
  return (
    equal(revocation.orderHash, hash) &&
    officer !== null &&
    officer.key.alg === OfficerKeyAlg.ed25519 &&
    mayRevoke(order, revocation.role) &&
    hasRoleAt(officer, revocation.role, revocation.time) &&
    isSignedBy(revocationCodec, 'AC1 revocation', revocation, officer.key.key)
  );
}

/** ReleaseRequest: an agency asks custodians for the keys of grants, under an order and for a purpose (PROTOCOL 11.3). */
import { ensure, equal, fixed, type Infer, list, struct, uint64, version } from '@countersign/bytes';
import { agencyId, type Hash, hash, officerId, purpose, type SigKey, sig } from './ids.ts';
import { signingKeyOf } from './officer-cert.ts';
import { hasRoleAt, type Officer, type Officers } from './officer-register.ts';
import { type Order, OrderMode } from './order.ts';
import { Role } from './role.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const releaseRequestCodec = struct({
  version,
  requestId: fixed<'RequestId'>(16),
  orderHash: hash,
  agencyId,
  purpose,
  officerId,
  grantIds: list(hash, 32, 32_768),
  time: uint64,
  sig,
});
export type ReleaseRequest = Infer<typeof releaseRequestCodec>;

/** Signed by a role-4 officer of the agency or, under a live order, by the agency's reader. */
export function createReleaseRequest(body: Omit<ReleaseRequest, 'sig'>, officerSeed: Uint8Array): ReleaseRequest {
  return createSigned(releaseRequestCodec, 'AC1 release request', body, officerSeed);
}

/** The request, proven to be signed by `key`; else `request.signature_invalid`. */
export function verifyRequestSignature(request: ReleaseRequest, key: SigKey): ReleaseRequest {
  ensure(isSignedBy(releaseRequestCodec, 'AC1 release request', request, key), 'request.signature_invalid');
  return request;
}

/** The officer or reader who asks, entitled to it under `order` of `hash`; step 5 of the gate without replay and time. */
export function verifyRequester(request: ReleaseRequest, order: Order, hash: Hash, officers: Officers, now: number): Officer {
  ensure(equal(request.orderHash, hash), 'request.order_mismatch');
  const officer = officers(request.officerId);
  ensure(officer !== null, 'request.officer_invalid');
  // People approve a live order; its gateway meets each day's scopes.
  const roles: number[] = order.mode === OrderMode.live ? [Role.requestingOfficer, Role.readerGateway] : [Role.requestingOfficer];
  const isHolder = roles.some((role) => hasRoleAt(officer, role, now));
  const isRevoked = officer.revokedFrom !== null && officer.revokedFrom <= now;
  ensure(isHolder && !isRevoked && equal(officer.organisationId, request.agencyId), 'request.officer_invalid');
  const key = signingKeyOf(officer.key);
  ensure(key !== null, 'request.signature_invalid'); // a passkey signs no request (PROTOCOL 10.1)
  verifyRequestSignature(request, key);
  return officer;
}

/** Made not longer ago than a checkpoint may be old, and not in the future; else `request.time_invalid`. */
export function verifyRequestTime({ time }: ReleaseRequest, now: number, skewS: number, checkpointMaxAgeS: number): void {
  ensure(now - checkpointMaxAgeS - skewS <= time && time <= now + skewS, 'request.time_invalid');
}

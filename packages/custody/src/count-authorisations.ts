/** CountAuthorisations: whether enough officers approved an order, and nobody refused it (PROTOCOL 10.2). */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import { type Authorisation, authorisationCodec, Decision, isAuthorisationOf } from './authorisation.ts';
import type { Hash } from './ids.ts';
import { hasRole, hasRoleAt, type Officer, type Officers } from './officer-register.ts';
import type { Order } from './order.ts';

/** An authorisation proven to be its officer's. */
export interface CountedAuthorisation {
  readonly authorisation: Authorisation;
  readonly officer: Officer;
}

/** Each item decoded when its turn comes: a fault shows at the first item that has one. */
export function* decodeAuthorisations(items: Iterable<Uint8Array>): Iterable<Authorisation> {
  for (const item of items) yield decode(authorisationCodec, item);
}

/**
 * The counted authorisations of `order`, whose hash is `hash`. The first fault of the first item that has one gives the code; then
 * `authorisation.refused` where anybody did not approve, and `order.not_authorised` where a role is short. The list is all that the
 * log holds (confirm_review apart): a list that the requester composed could leave a refusal out.
 */
export function countAuthorisations(
  order: Pick<Order, 'required'>,
  hash: Hash,
  authorisations: Iterable<Authorisation>,
  officers: Officers,
): CountedAuthorisation[] {
  const counted: CountedAuthorisation[] = [];
  const seen = new Set<string>();
  for (const authorisation of authorisations) {
    const officer = verifyAuthorisation(authorisation, hash, officers);
    const id = toHex(authorisation.officerId);
    ensure(!seen.has(id), 'authorisation.duplicate_officer');
    seen.add(id);
    counted.push({ authorisation, officer });
  }
  ensure(
    counted.every(({ authorisation }) => authorisation.decision === Decision.approve),
    'authorisation.refused',
  );
  for (const { role, m } of order.required) {
    const approving = counted.filter(({ authorisation }) => authorisation.role === role).length;
    ensure(approving >= m, 'order.not_authorised');
  }
  return counted;
}

/** The officer whose decision on the order of `hash` this is; the checks of one item, in the specification's order. */
export function verifyAuthorisation(authorisation: Authorisation, hash: Hash, officers: Officers): Officer {
  const { role, time } = authorisation;
  ensure(equal(authorisation.orderHash, hash), 'authorisation.order_mismatch');
  const officer = officers(authorisation.officerId);
  ensure(officer !== null, 'authorisation.officer_unknown');
  ensure(hasRole(officer, role), 'authorisation.role_not_held');
  ensure(hasRoleAt(officer, role, time), 'authorisation.officer_expired');
  ensure(isAuthorisationOf(officer.key, authorisation), 'authorisation.signature_invalid');
  return officer;
}

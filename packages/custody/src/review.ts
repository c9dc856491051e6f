/** The review of an emergency order: an independent officer confirms it in time, or it lapses (PROTOCOL 10.2, step 11). */
import { toHex } from '@countersign/bytes';
import { type Authorisation, Decision } from './authorisation.ts';
import { verifyAuthorisation } from './count-authorisations.ts';
import type { Hash, OfficerId } from './ids.ts';
import { hasRoleInHour, type Officers } from './officer-register.ts';
import type { Order } from './order.ts';
import { refusalOf } from './refusal.ts';
import { Role } from './role.ts';

/** A type 21 entry's body with the entry's hour. */
export interface LoggedReview {
  readonly review: Authorisation;
  readonly hour: number;
}

const HOUR_S = 3600n;

/** Whether one of the logged reviews confirms the order; a late one, or one by an officer who approved, does not. */
export function isConfirmed(
  order: Order,
  hash: Hash,
  reviews: readonly LoggedReview[],
  approvedBy: readonly OfficerId[],
  officers: Officers,
): boolean {
  const approvers = new Set(approvedBy.map(toHex));
  return reviews.some(({ review, hour }) => {
    if (review.decision !== Decision.confirmReview || review.role !== Role.orderReviewer) return false;
    if (hour > order.reviewBy / HOUR_S || review.time >= order.reviewBy) return false;
    if (approvers.has(toHex(review.officerId))) return false;
    if (refusalOf(() => verifyAuthorisation(review, hash, officers)) !== null) return false;
    const officer = officers(review.officerId);
    return officer !== null && hasRoleInHour(officer, review.role, hour);
  });
}

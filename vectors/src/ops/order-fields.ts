/** What the order ops read from a case besides structs: limits and officers (PROTOCOL 17). */
import { fromHex } from '@countersign/bytes';
import { type Limits, type Officer, type Officers, officersById } from '@countersign/custody';
import type { CaseFields } from '../op.ts';

export function parseLimits(fields: CaseFields): Limits {
  return {
    maxLifetimeS: [1, 2, 3, 4].map((kind) => fields.max_lifetime_s[kind]),
    noticeMaxS: fields.notice_max_s,
    emergencyReviewS: fields.emergency_review_s,
    maxSubjects: fields.max_subjects,
    rules: fields.rules,
  };
}

/** Officers with an Ed25519 key and one certificate each; organisation and revocation where the case names them. */
export function parseOfficers(officers: readonly CaseFields[]): Officers {
  return officersById(officers.map(parseOfficer));
}

function parseOfficer(fields: CaseFields): Officer {
  return {
    officerId: fromHex(fields.officer_id),
    organisationId: fromHex(fields.organisation_id ?? '00'.repeat(16)),
    key: { alg: 1, key: fromHex(fields.pub) },
    terms: [{ roles: fields.roles, from: BigInt(fields.from), to: BigInt(fields.to) }],
    revokedFrom: fields.revoked_from === undefined ? null : BigInt(fields.revoked_from),
  };
}

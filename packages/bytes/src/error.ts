/** The one error of AC1 objects. Its codes are the closed list of PROTOCOL sections 3-15 and 18. */

/** Every code that an AC1 object can be refused with; a peer that receives another one treats it as `internal.unknown`. */
export const AC1_CODES = [
  'attachment.invalid',
  'authorisation.duplicate_officer',
  'authorisation.officer_expired',
  'authorisation.officer_unknown',
  'authorisation.order_mismatch',
  'authorisation.refused',
  'authorisation.role_not_held',
  'authorisation.signature_invalid',
  'ceremony.round1_invalid',
  'ceremony.share_invalid',
  'cert.invalid',
  'combine.commit_mismatch',
  'combine.duplicate_index',
  'combine.index_invalid',
  'combine.wrong_count',
  'content.not_admin',
  'content.not_owner',
  'content.notice_invalid',
  'content.padding_invalid',
  'content.text_invalid',
  'content.too_large',
  'custody_key.invalid',
  'day.out_of_range',
  'decode.enum',
  'decode.length',
  'decode.order',
  'decode.trailing',
  'decode.truncated',
  'decode.value',
  'decode.version',
  'envelope.content_invalid',
  'envelope.grant_mismatch',
  'envelope.hash_mismatch',
  'envelope.kc_mismatch',
  'envelope.prev_mismatch',
  'envelope.replayed',
  'envelope.seq_invalid',
  'envelope.signature_invalid',
  'envelope.wrap_invalid',
  'envelope.wrap_mismatch',
  'evidence.incomplete',
  'evidence.invalid',
  'grant.commit_mismatch',
  'grant.custody_key_day',
  'grant.custody_key_unknown',
  'grant.duplicate_scope',
  'grant.enc_mismatch',
  'grant.network_mismatch',
  'grant.not_logged',
  'grant.proof_invalid',
  'grant.signature_invalid',
  'internal.unknown',
  'log.actor_invalid',
  'log.chain_broken',
  'log.checkpoint_invalid',
  'log.commitment_mismatch',
  'log.entry_too_large',
  'log.form_invalid',
  'log.handle_invalid',
  'log.hour_invalid',
  'log.inconsistent',
  'log.not_included',
  'log.not_witnessed',
  'log.notice_mismatch',
  'log.notice_overdue',
  'log.opening_missing',
  'log.origin_unknown',
  'log.padding_invalid',
  'log.promise_broken',
  'log.signature_invalid',
  'log.stale',
  'log.type_mismatch',
  'mls.commit_rate',
  'mls.epoch_too_old',
  'mls.sender_mismatch',
  'object.signature_invalid',
  'order.account_excluded',
  'order.agency_not_named',
  'order.agency_territory_excluded',
  'order.authorisation_rule',
  'order.backdated',
  'order.class_not_covered',
  'order.day_not_covered',
  'order.day_not_over',
  'order.day_range_invalid',
  'order.expired',
  'order.kind_no_read',
  'order.lifetime_invalid',
  'order.max_grants',
  'order.mode_invalid',
  'order.network_mismatch',
  'order.not_authorised',
  'order.not_yet_valid',
  'order.notice_invalid',
  'order.purpose_not_named',
  'order.readers_invalid',
  'order.review_invalid',
  'order.review_overdue',
  'order.revoked',
  'order.scope_not_covered',
  'order.subject_invalid',
  'order.summary_mismatch',
  'order.territory_excluded',
  'order.territory_unknown',
  'order.too_large',
  'point.identity',
  'point.malformed',
  'point.off_curve',
  'profile.invalid',
  'profile.stale',
  'reader.gap',
  'reader.not_logged',
  'relay.day_mismatch',
  'relay.device_mismatch',
  'relay.epoch_stale',
  'relay.mls_mismatch',
  'relay.stamp_invalid',
  'release.context_mismatch',
  'release.dleq_invalid',
  'release.seal_invalid',
  'release.share_gen_mismatch',
  'release.signature_invalid',
  'request.officer_invalid',
  'request.order_mismatch',
  'request.replayed',
  'request.signature_invalid',
  'request.time_invalid',
  'roster.device_mismatch',
  'roster.invalid',
  'scalar.out_of_range',
  'territory.invalid',
] as const;

export type Ac1Code = (typeof AC1_CODES)[number];

/** Facts that help to act on the refusal (a custodian's index, the party that must supply something); never user data. */
export type Ac1ErrorDetail = Readonly<Record<string, string | number | bigint>>;

export class Ac1Error extends Error {
  override readonly name = 'Ac1Error';
  readonly code: Ac1Code;
  readonly detail: Ac1ErrorDetail;

  constructor(code: Ac1Code, detail: Ac1ErrorDetail = {}, options?: ErrorOptions) {
    const facts = Object.entries(detail).map(([key, value]) => `${key}=${value}`);
    super(facts.length === 0 ? code : `${code} (${facts.join(', ')})`, options);
    this.code = code;
    this.detail = detail;
  }
}

/** Throws `code` unless `condition` holds: one line for each named step of a verification. */
export function ensure(condition: boolean, code: Ac1Code, detail?: Ac1ErrorDetail): asserts condition {
  if (!condition) throw new Ac1Error(code, detail);
}

export function isAc1Code(text: string): text is Ac1Code {
  return (AC1_CODES as readonly string[]).includes(text);
}

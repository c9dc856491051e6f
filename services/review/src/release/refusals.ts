/** What a gateway does when custodians do not give it a key (PROTOCOL 18.6, 18.7). */

/** No later entry changes these for the scope and agency that was asked for. */
const FINAL: ReadonlySet<string> = new Set([
  'grant.commit_mismatch',
  'grant.custody_key_day',
  'grant.custody_key_unknown',
  'grant.duplicate_scope',
  'grant.network_mismatch',
  'grant.proof_invalid',
  'grant.signature_invalid',
  'order.account_excluded',
  'order.agency_territory_excluded',
  'order.day_not_covered',
  'order.scope_not_covered',
  'order.territory_excluded',
  'roster.device_mismatch',
  'roster.invalid',
  'cert.invalid',
]);

export type Step =
  /** The same request again, after a while. */
  | 'again'
  /** The request has grown too old, or its id is used: make another one. */
  | 'renew'
  /** One of several scopes is at fault: ask for each by itself. */
  | 'split'
  /** This scope is refused to this agency. */
  | 'give_up'
  /** The order's ceiling is used up. */
  | 'stop_order';

/** `codes` are those of all custodians that did not release; `needed` of `asked` custodians would have to. */
export function nextStep(codes: readonly string[], asked: number, needed: number, grants: number): Step {
  const countOf = (isSuch: (code: string) => boolean) => codes.filter(isSuch).length;
  const tooMany = asked - needed;
  if (countOf((code) => code === 'order.max_grants') > tooMany) return grants > 1 ? 'split' : 'stop_order';
  if (countOf((code) => code === 'request.time_invalid' || code === 'request.replayed') > tooMany) return 'renew';
  if (countOf((code) => FINAL.has(code)) > tooMany) return grants > 1 ? 'split' : 'give_up';
  return 'again';
}

/** What the log says about one order, and whether custodians may act on it: steps 2 to 4 of the gate (PROTOCOL 11.3). */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import { type Annex, organisationsOf } from './annex.ts';
import { type Authorisation, authorisationCodec } from './authorisation.ts';
import { checkOrder } from './check-order.ts';
import { type CountedAuthorisation, countAuthorisations } from './count-authorisations.ts';
import type { AgencyId, Hash, NetworkId, OrganisationId } from './ids.ts';
import type { Limits } from './limits.ts';
import { hasRoleInHour, type Officers } from './officer-register.ts';
import { agenciesOf, type Order, OrderKind, OrderMode } from './order.ts';
import { shareSubject } from './subject.ts';
import { verifySummaryHash } from './summary.ts';

const HOUR_S = 3600n;
const DAY_S = 86_400;

/** A type 9 entry's body with the entry's hour. */
export interface LoggedAuthorisation {
  readonly bytes: Uint8Array;
  readonly hour: number;
}

/** An order with all that the judge's own copy of the log holds about it. */
export interface OrderCase {
  readonly order: Order;
  readonly orderHash: Hash;
  /** Hour of its type 8 entry. */
  readonly hour: number;
  /** Body of the summary's entry: H("AC1 object", OrderSummary). */
  readonly summaryHash: Hash;
  /** Every type 9 entry with the handle. */
  readonly authorisations: readonly LoggedAuthorisation[];
  readonly revoked: boolean;
  readonly reviewed: boolean;
  /** Emergency orders whose review came to its date without confirmation. */
  readonly lapsed: readonly Order[];
}

export interface Judge {
  readonly networkId: NetworkId;
  readonly limits: Limits;
  readonly annex: Annex;
  readonly officers: Officers;
  readonly skewS: number;
  /** Unix seconds. */
  readonly now: number;
}

/** The officers whose approval carries the order; the first rule that fails gives its code. */
export function verifyOrderCase(found: OrderCase, judge: Judge): CountedAuthorisation[] {
  const { order, orderHash } = found;
  verifyNotBackdated(order, found.hour, judge.skewS); // step 2
  verifySummaryHash(found.summaryHash, order);
  checkOrder(order, { ...judge, revoked: found.revoked, reviewed: found.reviewed }); // step 4
  const hours = new Map<Authorisation, number>();
  const kept = keepOfficersOf(order, found.authorisations, judge, hours);
  const counted = countAuthorisations(order, orderHash, kept, judge.officers);
  for (const item of counted) verifyHourOf(item, hours.get(item.authorisation) as number);
  verifyNotChained(order, found.lapsed);
  return counted;
}

/** A live order with an earlier date would read what was sent before anybody decided on it. */
export function verifyNotBackdated(order: Order, hour: number, skewS: number): void {
  ensure(order.notBefore >= HOUR_S * BigInt(hour) - BigInt(skewS), 'order.backdated');
}

/** Only officers of an organisation that the annex lists for one of the order's agencies speak, to approve or to refuse. */
function* keepOfficersOf(
  order: Order,
  authorisations: readonly LoggedAuthorisation[],
  { annex, officers }: Judge,
  hours: Map<Authorisation, number>,
): Iterable<Authorisation> {
  const organisations = organisationsOf(annex, agenciesOf(order));
  for (const { bytes, hour } of authorisations) {
    const authorisation = decode(authorisationCodec, bytes);
    const officer = officers(authorisation.officerId);
    if (officer === null || !organisations.has(toHex(officer.organisationId))) continue;
    hours.set(authorisation, hour);
    yield authorisation;
  }
}

/** `time` is the signer's word; the hour of the entry is what the log saw. */
function verifyHourOf({ authorisation, officer }: CountedAuthorisation, hour: number): void {
  ensure(hasRoleInHour(officer, authorisation.role, hour), 'authorisation.officer_expired');
}

/** One emergency order after another would do without the review for ever. */
function verifyNotChained(order: Order, lapsed: readonly Order[]): void {
  if (order.kind !== OrderKind.emergency) return;
  const agencies = agenciesOf(order);
  const isChained = lapsed.some(
    (earlier) =>
      shareSubject(order.subjects, earlier.subjects) && agenciesOf(earlier).some((agency) => includesId(agencies, agency)),
  );
  ensure(!isChained, 'order.review_overdue');
}

/** K opens all of a scope's day: under a retrospective order it is released only when nothing more can be sent on that day (step 6). */
export function verifyDayOver({ mode }: Order, day: number, now: number, skewS: number): void {
  const isOver = now >= DAY_S * (day + 1) + skewS;
  ensure(mode !== OrderMode.retrospective || isOver, 'order.day_not_over');
}

/** A type 14 entry's request, as far as it counts against max_grants. */
export interface EarlierRequest {
  /** Of the officer or reader who asked. */
  readonly organisationId: OrganisationId;
  readonly grantIds: readonly Hash[];
}

/** Distinct grants of this request and all earlier ones of the order's agencies: a count that all custodians share (step 7). */
export function verifyMaxGrants(order: Order, grantIds: readonly Hash[], earlier: readonly EarlierRequest[]): number {
  const agencies: AgencyId[] = agenciesOf(order);
  const counting = earlier.filter(({ organisationId }) => includesId(agencies, organisationId));
  const distinct = new Set([...grantIds, ...counting.flatMap((request) => request.grantIds)].map(toHex));
  ensure(distinct.size <= order.maxGrants, 'order.max_grants');
  return distinct.size;
}

function includesId(ids: readonly Uint8Array[], id: Uint8Array): boolean {
  return ids.some((other) => equal(other, id));
}

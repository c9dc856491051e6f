/** Routing: for which agency, if any, a gateway asks custodians for a scope (PROTOCOL 10.3; ARCHITECTURE, seams). */
import { type Ac1Code, Ac1Error, toHex } from '@countersign/bytes';
import {
  type AgencyId,
  hasExcludedTerritories,
  type Order,
  type Roster,
  type Scope,
  type Territory,
  verifyCovers,
  verifyMayRead,
} from '@countersign/custody';

export interface RoutedScope {
  readonly scope: Scope;
  readonly roster: Pick<Roster, 'members'>;
  /** Of the sending device on the scope's day, by the own copy of the log. */
  readonly territories: ReadonlySet<Territory>;
  /** No territory statement of the log is unopened to us. */
  readonly areTerritoriesComplete: boolean;
}

export type Route =
  | { readonly kind: 'ask'; readonly agencyId: AgencyId; readonly purpose: number }
  /** An entry or opening that is still to come may change it. */
  | { readonly kind: 'later'; readonly code: Ac1Code }
  | { readonly kind: 'never'; readonly code: Ac1Code };

/**
 * The first hosted agency for which Covers and MayRead hold, with the first of its purposes: K is the same for all of them, so it is asked
 * for once. `refused` are agencies (hex) that custodians refused the scope to.
 */
export function routeScope(order: Order, routed: RoutedScope, hosted: readonly AgencyId[], refused: ReadonlySet<string>): Route {
  if (hasExcludedTerritories(order) && !routed.areTerritoriesComplete) return { kind: 'later', code: 'log.opening_missing' };
  const covers = codeOf(() => verifyCovers(order, routed.scope, routed.roster, routed.territories));
  if (covers !== null) return refusalFor(covers);
  let first: Ac1Code = 'order.agency_not_named';
  for (const agencyId of hosted) {
    if (refused.has(toHex(agencyId))) continue;
    const reader = order.readers.find((row) => toHex(row.agencyId) === toHex(agencyId));
    const [purpose] = reader?.purposes ?? [];
    if (purpose === undefined) continue;
    const code = codeOf(() => verifyMayRead(order, agencyId, purpose, routed.territories));
    if (code === null) return { kind: 'ask', agencyId, purpose };
    first = first === 'order.agency_not_named' || code === 'order.territory_unknown' ? code : first;
  }
  return refusalFor(first);
}

function refusalFor(code: Ac1Code): Route {
  return { kind: code === 'order.territory_unknown' ? 'later' : 'never', code };
}

function codeOf(verify: () => unknown): Ac1Code | null {
  try {
    verify();
    return null;
  } catch (error) {
    if (error instanceof Ac1Error) return error.code;
    throw error;
  }
}

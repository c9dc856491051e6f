/** MayRead: whether an order lets an agency read for a purpose (PROTOCOL 10.3). */
import { ensure, equal } from '@countersign/bytes';
import { ensureTerritory } from './covers.ts';
import type { AgencyId, Territory } from './ids.ts';
import type { Order, ReadingGrant } from './order.ts';

/** The agency's row in the order; the first rule that fails gives its code. `territories` are those of the sending device and day. */
export function verifyMayRead(
  order: Order,
  agency: AgencyId,
  purpose: number,
  territories: ReadonlySet<Territory>,
): ReadingGrant {
  const reader = order.readers.find(({ agencyId }) => equal(agencyId, agency));
  ensure(reader !== undefined, 'order.agency_not_named');
  ensure(reader.purposes.includes(purpose), 'order.purpose_not_named');
  ensureTerritory(reader.excludedTerritories, territories, 'order.agency_territory_excluded');
  return reader;
}

/** Covers: whether an order reaches the messages of one scope (PROTOCOL 10.3). */
import { ensure, equal, toHex } from '@countersign/bytes';
import type { AccountId, Territory } from './ids.ts';
import { DataClass, type Order, OrderKind } from './order.ts';
import { type Roster, senderAccount } from './roster.ts';
import type { Scope } from './scope.ts';
import { isSubjectOf } from './subject.ts';

/**
 * Returns the sender's account, unless one of the steps 1 to 8 fails: the first one's code. `roster` is that of the scope's group
 * and epoch, `territories` those of the scope's device and day; both from the judge's own copy of the log.
 */
export function verifyCovers(
  order: Order,
  scope: Scope,
  roster: Pick<Roster, 'members'>,
  territories: ReadonlySet<Territory>,
): AccountId {
  ensure(equal(order.networkId, scope.networkId), 'order.network_mismatch'); // 1
  ensure(order.kind !== OrderKind.preservation, 'order.kind_no_read'); // 2
  ensure((order.dataClasses & DataClass.content) !== 0, 'order.class_not_covered'); // 3
  ensure(order.dayFrom <= scope.day && scope.day <= order.dayTo, 'order.day_not_covered'); // 4

  const accountId = senderAccount(roster, scope);
  ensure(accountId !== null, 'roster.device_mismatch'); // 5
  const members = new Set(roster.members.map((member) => toHex(member.accountId)));
  const target = { accountId, deviceId: scope.deviceId, groupId: scope.groupId, members };
  const isSubject = order.subjects.some((subject) => isSubjectOf(subject, target));
  ensure(isSubject, 'order.scope_not_covered'); // 6

  // 7: a protected person shields what is sent and what is received.
  const isShielded = order.excludedAccounts.some((excluded) => members.has(toHex(excluded)));
  ensure(!isShielded, 'order.account_excluded');
  ensureTerritory(order.excludedTerritories, territories, 'order.territory_excluded'); // 8
  return accountId;
}

/** Step 8, for the order's list and for an agency's: nothing is known to lie outside an exclusion unless the territory is known. */
export function ensureTerritory(
  excluded: readonly Territory[],
  territories: ReadonlySet<Territory>,
  code: 'order.territory_excluded' | 'order.agency_territory_excluded',
): void {
  if (excluded.length === 0) return;
  ensure(territories.size > 0, 'order.territory_unknown');
  ensure(!excluded.some((territory) => territories.has(territory)), code);
}

/** The pure parts of a gateway: routing, words, seals, and what follows from a refusal (PROTOCOL 10.3, 18; ARCHITECTURE, 8). */
import { compare, fromUtf8 } from '@countersign/bytes';
import type { Order, Scope } from '@countersign/custody';
import { expect, test } from 'vitest';
import { Tokens, wordsOf } from '../../src/archive/tokens.ts';
import { open, seal } from '../../src/archive/vault.ts';
import { isEnd } from '../../src/orders/order-state.ts';
import { nextStep } from '../../src/release/refusals.ts';
import { type RoutedScope, routeScope } from '../../src/release/route.ts';

const id = (n: number, length = 16): Uint8Array => new Uint8Array(length).fill(n);
const [DE, US, FR] = [id(1), id(2), id(3)] as [Uint8Array, Uint8Array, Uint8Array];

const scope: Scope = {
  networkId: id(7),
  custodyKeyId: id(8, 32),
  groupId: id(5),
  epoch: 1n,
  leafIndex: 0,
  deviceId: id(6),
  day: 100,
};
const routed = (territories: string[], areTerritoriesComplete = true): RoutedScope => ({
  scope,
  roster: { members: [{ leafIndex: 0, deviceId: id(6), accountId: id(4) }] },
  territories: new Set(territories),
  areTerritoriesComplete,
});

function orderOf(changes: Partial<Order> = {}, excludedForUs: string[] = []): Order {
  const readers = [
    { agencyId: DE, readerHpkeKey: id(0, 65), purposes: [2], excludedTerritories: ['DE'] },
    { agencyId: US, readerHpkeKey: id(0, 65), purposes: [1], excludedTerritories: excludedForUs },
  ].sort((a, b) => compare(a.agencyId, b.agencyId));
  return {
    networkId: id(7),
    kind: 1,
    dataClasses: 2,
    dayFrom: 100,
    dayTo: 101,
    subjects: [{ type: 1, accountId: id(4) }],
    excludedTerritories: [],
    excludedAccounts: [],
    readers,
    ...changes,
  } as unknown as Order;
}

test('a scope is asked for once, for the first hosted agency that may read it', () => {
  expect(routeScope(orderOf(), routed(['US']), [DE, US], new Set())).toEqual({ kind: 'ask', agencyId: DE, purpose: 2 });
  expect(routeScope(orderOf(), routed(['DE']), [DE, US], new Set())).toEqual({ kind: 'ask', agencyId: US, purpose: 1 });
});

test('what custodians refused to one agency moves on to the next, and to nobody after the last', () => {
  const refused = new Set([Buffer.from(DE).toString('hex')]);
  expect(routeScope(orderOf(), routed(['US']), [DE, US], refused)).toMatchObject({ kind: 'ask', agencyId: US });
  refused.add(Buffer.from(US).toString('hex'));
  expect(routeScope(orderOf(), routed(['US']), [DE, US], refused)).toMatchObject({ kind: 'never' });
});

test('an agency that is not hosted here, or not named, is never asked for', () => {
  expect(routeScope(orderOf(), routed(['US']), [FR], new Set())).toEqual({ kind: 'never', code: 'order.agency_not_named' });
});

test('a scope outside the order is left alone', () => {
  expect(routeScope(orderOf({ dayFrom: 101 }), routed(['US']), [DE], new Set())).toEqual({
    kind: 'never',
    code: 'order.day_not_covered',
  });
  const other = orderOf({ subjects: [{ type: 1, accountId: id(9) }] });
  expect(routeScope(other, routed(['US']), [DE], new Set())).toMatchObject({ kind: 'never', code: 'order.scope_not_covered' });
  const shielded = orderOf({ excludedAccounts: [id(4)] });
  expect(routeScope(shielded, routed(['US']), [DE], new Set())).toMatchObject({ code: 'order.account_excluded' });
});

test('an unknown territory, or a statement that nobody opened to us, waits', () => {
  expect(routeScope(orderOf(), routed([]), [DE], new Set())).toEqual({ kind: 'later', code: 'order.territory_unknown' });
  expect(routeScope(orderOf(), routed(['US'], false), [DE], new Set())).toEqual({ kind: 'later', code: 'log.opening_missing' });
});

test('words are found whatever their case, accents and script', () => {
  expect(wordsOf('Der LKW kommt SPÄTER')).toEqual(['der', 'lkw', 'kommt', 'spater']);
  expect(wordsOf('Путин, путин!')).toEqual(['путин']);
  expect(wordsOf('สวัสดีครับ').length).toBeGreaterThan(1);
  expect(wordsOf('東京に行く')).toContain('東京');
  expect(wordsOf('नमस्ते दुनिया')).toEqual(['नमस्ते', 'दुनिया']);
  expect(wordsOf('  ...  ')).toEqual([]);
});

test('tokens depend on the key, and orders have facets of their own', () => {
  const [one, other] = [new Tokens(id(1, 32)), new Tokens(id(2, 32))];
  expect(one.ofText('lorry')).toEqual(one.ofText('LORRY'));
  expect(one.ofText('lorry')).not.toEqual(other.ofText('lorry'));
  expect(one.ofOrder(id(1))).not.toBe(one.ofOrder(id(2)));
});

test('a sealed value opens under its key and in its place alone', () => {
  const random = (length: number): Uint8Array => id(3, length);
  const sealed = seal(id(1, 32), ['K', id(4), id(5)], fromUtf8('secret'), random);
  expect(open(id(1, 32), ['K', id(4), id(5)], sealed)).toEqual(fromUtf8('secret'));
  expect(() => open(id(2, 32), ['K', id(4), id(5)], sealed)).toThrow();
  expect(() => open(id(1, 32), ['K', id(5), id(4)], sealed)).toThrow();
  expect(() => open(id(1, 32), ['data key', id(4), id(5)], sealed)).toThrow();
});

test('one custodian who refuses or is gone stops nothing; too many decide', () => {
  expect(nextStep(['order.scope_not_covered'], 3, 2, 1)).toBe('again');
  expect(nextStep(['order.scope_not_covered', 'order.scope_not_covered'], 3, 2, 1)).toBe('give_up');
  expect(nextStep(['order.scope_not_covered', 'order.scope_not_covered'], 3, 2, 2)).toBe('split');
  expect(nextStep(['policy.custodian_not_approved', 'policy.custodian_not_approved'], 3, 2, 1)).toBe('again');
  expect(nextStep(['request.time_invalid', 'request.time_invalid'], 3, 2, 1)).toBe('renew');
  expect(nextStep(['order.max_grants', 'order.max_grants'], 3, 2, 1)).toBe('stop_order');
  expect(nextStep(['order.max_grants', 'order.max_grants'], 3, 2, 2)).toBe('split');
});

test('an order that lapsed, expired, was revoked or refused has ended; one that waits has not', () => {
  for (const code of ['order.expired', 'order.revoked', 'order.review_overdue', 'authorisation.refused'] as const)
    expect(isEnd(code)).toBe(true);
  for (const code of ['order.not_yet_valid', 'order.not_authorised', 'log.opening_missing', 'log.not_witnessed'] as const)
    expect(isEnd(code)).toBe(false);
});

/** What a person reads in a notice: authority, reference, days, number of grants, and how to complain (PROTOCOL 12). */
import { fromUtf8 } from '@countersign/bytes';
import type { Annex, Order } from '@countersign/custody';
import { expect, test } from 'vitest';
import { formatNotice } from '../../src/index.ts';

const id = (n: number): Uint8Array => new Uint8Array(16).fill(n);
const annex: Annex = {
  purposes: [{ purpose: 2, name: fromUtf8('narcotics') }],
  agencies: [{ agencyId: id(1), territory: 'DE', name: fromUtf8('Federal Police'), organisations: [id(3)] }],
};
const order = {
  orderId: id(9),
  kind: 1,
  legalReference: fromUtf8('Act 12, s. 4'),
  dayFrom: 20_416,
  dayTo: 20_417,
  readers: [{ agencyId: id(1), purposes: [2] }],
} as unknown as Order;

test('a notice says what was done, by whom, on which ground, and where to complain', () => {
  const text = formatNotice({ order, grants: 7, annex, complaint: 'Complain to the court.' });
  for (const fact of [
    'a warrant',
    'Act 12, s. 4',
    '2025-11-24 to 2025-11-25',
    'Federal Police (narcotics)',
    ': 7.',
    'Complain to the court.',
  ])
    expect(text).toContain(fact);
});

test('an agency or purpose that the annex does not name does not spoil it', () => {
  const stranger = { ...order, readers: [{ agencyId: id(2), purposes: [5] }] } as unknown as Order;
  expect(formatNotice({ order: stranger, grants: 0, annex, complaint: 'x' })).toContain('02'.repeat(16));
});

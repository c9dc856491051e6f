/** The words of the ribbon, the choice of a row, and addresses. */
import { describe, expect, it } from 'vitest';
import type { NetworkFacts, OrderView, ShownMessage } from '../../src/api/types.ts';
import { formatAddress, parseAddress, parseSearch } from '../../src/state/address.ts';
import { citation, kindText, moved, rowKey } from '../../src/state/message-list.ts';
import { agencyName, coverText, orderTitle, timeLeft } from '../../src/state/order-text.ts';

const network: NetworkFacts = {
  network_id: '00',
  agencies: [{ agency_id: 'aa', name: 'Australia', territory: 'AU' }],
  purposes: [{ purpose: 4, name: 'money_laundering' }],
};
const order: OrderView = {
  ...{ order_id: 'ab'.repeat(16), reference: '2026/114', kind: 1, mode: 'live', state: 'in_force', code: null, agency: 'aa' },
  ...{ purposes: [4, 99], subjects: 1, day_from: 20_000, day_to: 20_001, not_before: 0, expires: 2000, notify_by: 3000 },
  ...{ max_grants: 5, grants_held: 1, grants_waiting: 0 },
};

describe('an order in words', () => {
  it('says what it covers', () => {
    expect(orderTitle(order)).toBe('Warrant 2026/114');
    expect(coverText(order, network)).toBe('1 subject, 2024-10-04 to 2024-10-05 UTC, money laundering, purpose 99, live');
    expect(agencyName('aa', network)).toBe('Australia (AU)');
    expect(agencyName('bbbbbbbbbb', network)).toBe('agency bbbbbbbb');
  });

  it('says how much time is left, to the second', () => {
    expect(timeLeft({ ...order, expires: 90_061 }, 0)).toEqual({ text: '1 d 1 h left', tone: 'good' });
    expect(timeLeft(order, 1_999_000)).toEqual({ text: '1 s left', tone: 'soon' });
    expect(timeLeft(order, 2_000_000).tone).toBe('over');
    expect(timeLeft({ ...order, state: 'ended', code: 'order.revoked' }, 0)).toEqual({
      text: 'not in force: order.revoked',
      tone: 'over',
    });
    expect(timeLeft({ ...order, not_before: 1000 }, 0).text).toContain('begins');
  });
});

describe('a list of messages', () => {
  const message = (id: string, fields: Partial<ShownMessage> = {}) =>
    ({ message_id: id, order_id: 'o', grant_id: 'abcdef0123', seq: 7, kind: 'text', ...fields }) as ShownMessage;
  const list = ['1', '2', '3'].map((id) => message(id));
  const keys = list.map(rowKey);

  it('is walked one row at a time and stops at its ends', () => {
    expect(moved(list, null, 1)).toBe(keys[0]);
    expect(moved(list, null, -1)).toBe(keys[2]);
    expect(moved(list, keys[0] as string, 1)).toBe(keys[1]);
    expect(moved(list, keys[2] as string, 1)).toBe(keys[2]);
    expect(moved([], null, 1)).toBeNull();
  });

  it('cites by grant and sequence, and names what is no plain message', () => {
    expect(citation(message('1'))).toBe('abcdef01-7');
    expect(kindText(message('1'))).toBe('');
    expect(kindText(message('1', { kind: 'edit', about: 'ffeeddccbb' }))).toBe('edits ffeeddcc');
  });
});

describe('an address', () => {
  it('comes back as it was written, ids of digits too', () => {
    const search = { order: '1234567890', q: '007 и', message: '00ff', at: 1_800_000_000_000 };
    expect(parseSearch(parseAddress(formatAddress(search)))).toEqual(search);
  });

  it('leaves out what is none of ours', () => {
    expect(parseSearch({ order: '<script>', at: Number.NaN, q: 'x'.repeat(600), other: '1' })).toEqual({ q: 'x'.repeat(500) });
  });
});

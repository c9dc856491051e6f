/** A thread as it is drawn: days, runs of one sender, and what stands in place of what is not shown. */
import { describe, expect, it } from 'vitest';
import { deliveryMark, replacementOf } from '../../src/state/message-text.ts';
import { hashOf, placeOf } from '../../src/state/place.ts';
import { threadRows } from '../../src/state/thread-rows.ts';
import { splitVouchers, voucherLink, voucherOf } from '../../src/state/voucher-link.ts';
import { messageOf } from '../message.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 24, 12);

describe('the rows of a thread', () => {
  it('separate days, and say a name again after a pause or another sender', () => {
    const at = (order: string, sentMs: number, from = 'Liis') => messageOf({ order, sentMs, from });
    const rows = threadRows(
      [
        at('1', NOW - DAY_MS),
        at('2', NOW - DAY_MS + 1000),
        at('3', NOW),
        at('4', NOW + 1000),
        at('5', NOW + 2000, 'Jaan'),
        at('6', NOW + 600_000, 'Jaan'),
      ],
      NOW,
      'UTC',
    );
    expect(rows.map((row) => (row.kind === 'day' ? row.label : `${row.message.order}${row.startsRun ? '!' : ''}`))).toEqual([
      ...['Yesterday', '1!', '2', 'Today', '3!', '4', '5!', '6!'],
    ]);
  });
});

describe('a message that is not shown', () => {
  it('is refused with its reason and without content', () => {
    const shown = replacementOf(messageOf({ order: '1', state: 'refused', body: null, code: 'envelope.kc_mismatch' }));
    expect(shown?.title).toContain('refused');
    expect(shown?.detail).toContain('custody');
  });

  it('tells the four kinds of unreadable apart', () => {
    const reasons = ['waiting', 'before_joined', 'not_member', 'damaged'] as const;
    const titles = reasons.map(
      (reason) => replacementOf(messageOf({ order: '1', state: 'unreadable', reason, body: null }))?.title,
    );
    expect(new Set(titles).size).toBe(4);
  });

  it('counts what is missing in a gap', () => {
    expect(replacementOf(messageOf({ order: '1', state: 'gap', body: { kind: 'gap', missing: 2 } }))?.title).toMatch(
      /^2 messages/,
    );
  });

  it('says that deleting does not reach custody', () => {
    expect(replacementOf(messageOf({ order: '1', deleted: true, body: null }))?.detail).toContain('custody');
  });
});

describe('the mark of an own message', () => {
  it.each([
    [{ state: 'queued' }, 'Waiting to be sent'],
    [{ state: 'failed' }, 'Not sent'],
    [{ state: 'sent' }, 'Sent'],
    [{ state: 'sent', delivered: 2 }, 'Delivered to 2'],
    [{ state: 'sent', delivered: 2, read: 1 }, 'Read by 1'],
  ] as const)('of %o is %s', (fields, text) => {
    expect(deliveryMark(messageOf({ order: '1', own: true, ...fields }))).toBe(text);
  });
});

describe('addresses', () => {
  it('name a place and lead back to it', () => {
    for (const place of [
      { name: 'list' },
      { name: 'conversation', id: 'ab12' },
      { name: 'vouchers' },
      { name: 'readers' },
    ] as const)
      expect(placeOf(hashOf(place))).toEqual(place);
    expect(placeOf('#/nonsense/x')).toEqual({ name: 'list' });
  });

  it('carry a voucher only behind the #', () => {
    const link = voucherLink('http://localhost:1', 'CS1-AB');
    expect(new URL(link).search + new URL(link).pathname).not.toContain('CS1');
    expect(voucherOf(link)).toBe('CS1-AB');
    expect(voucherOf('http://localhost:1/#/c/1')).toBeNull();
  });

  it('are accepted among pasted vouchers', () => {
    expect(splitVouchers('CS1-A\n http://h/#voucher=CS1-B, CS1-A')).toEqual(['CS1-A', 'CS1-B']);
  });
});

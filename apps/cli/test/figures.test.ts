/** How a story is counted: only what arrived as it was sent, where it should, counts. */
import { describe, expect, it } from 'vitest';
import { countFigures, type FeedRecord, type LineRecord, percentile } from '../src/story/figures.ts';

const line = (messageId: string, change: Partial<LineRecord> = {}): LineRecord => ({
  ...{ text: `text of ${messageId}`, from: '@anna', isInScope: true, isFirst: false, agency: 'AU', recipients: 1 },
  ...{ messageId, sentAtMs: 1000, isAcked: true, received: [`text of ${messageId}`] },
  ...change,
});
const shown = (messageId: string, change: Partial<FeedRecord> = {}): FeedRecord => ({
  ...{ messageId, text: `text of ${messageId}`, from: '@anna', agency: 'AU', atMs: 1040 },
  ...change,
});
const NOBODY: ReadonlySet<string> = new Set();

describe('the figures of a story', () => {
  it('of a good one are equal all along', () => {
    const figures = countFigures([line('a', { isFirst: true }), line('b')], [shown('a', { atMs: 1500 }), shown('b')], NOBODY);
    expect(figures).toEqual({
      ...{ sent: 2, delivered: 2, acked: 2, in_scope: 2, reviewed: 2, reviewed_match: 2 },
      ...{ out_of_scope_sent: 0, out_of_scope_readable: 0, p50_live_ms: 40, p99_live_ms: 40, p99_first_ms: 500 },
    });
  });

  it('count a line as delivered only when all recipients have the very text', () => {
    const lines = [line('a', { recipients: 2 }), line('b', { received: ['text of b.'] }), line('c')];
    expect(countFigures(lines, [], NOBODY).delivered).toBe(1);
  });

  it.each([
    ['with another text', [shown('a', { text: 'text of A' })]],
    ['from another sender', [shown('a', { from: '@boris' })]],
    ['to an agency that may not read it', [shown('a', { agency: 'US' })]],
    ['to a second agency as well', [shown('a'), shown('a', { agency: 'US' })]],
    ['twice', [shown('a'), shown('a')]],
  ])('do not take a line for a match that was shown %s', (_how, feed) => {
    expect(countFigures([line('a')], feed, NOBODY)).toMatchObject({ reviewed: 1, reviewed_match: 0 });
  });

  it('count what should not be readable and is, in a feed or on asking', () => {
    const lines = ['a', 'b', 'c'].map((id) => line(id, { isInScope: false }));
    expect(countFigures(lines, [shown('a')], new Set(['b']))).toMatchObject({ out_of_scope_sent: 3, out_of_scope_readable: 2 });
  });

  it('leave out what was never sent', () => {
    expect(countFigures([line('a', { messageId: null })], [], NOBODY)).toMatchObject({ sent: 0, in_scope: 0 });
  });

  it('take percentiles by nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, i) => i + 1);
    expect([percentile(values, 50), percentile(values, 99), percentile([7], 99), percentile([], 50)]).toEqual([
      100,
      198,
      7,
      null,
    ]);
  });
});

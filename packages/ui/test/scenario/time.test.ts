/** Times say which zone is meant, over midnight and over the change of summer time. */
import { describe, expect, it } from 'vitest';
import { dayLabel, formatDuration, formatLocal, formatUtc, listTime, zoneName } from '../../src/text.ts';

const AT = Date.UTC(2026, 2, 29, 0, 59, 59);
const TALLINN = 'Europe/Tallinn';

describe('a moment', () => {
  it('is named in UTC and in local time', () => {
    expect(formatUtc(AT)).toBe('2026-03-29 00:59:59 UTC');
    // How a zone is abbreviated depends on the platform's data.
    expect(formatLocal(AT, TALLINN)).toMatch(/^2026-03-29 02:59:59 (EET|GMT\+2)$/);
  });

  it('names the zone as it is at that second', () => {
    expect(zoneName(AT, TALLINN)).toMatch(/^(EET|GMT\+2)$/);
    expect(zoneName(AT + 1000, TALLINN)).toMatch(/^(EEST|GMT\+3)$/);
  });

  it('belongs to the day of the zone', () => {
    const now = Date.UTC(2026, 10, 24, 21, 0);
    expect(dayLabel(now, now, TALLINN)).toBe('Today');
    expect(dayLabel(now + 3_600_000, now, TALLINN)).toMatch(/^Wednesday,? 25 November 2026$/);
    expect(dayLabel(now - 86_400_000, now, TALLINN)).toBe('Yesterday');
  });

  it('shows the time of day on the same day and the date before', () => {
    const now = Date.UTC(2026, 10, 24, 21, 0);
    expect(listTime(now - 60_000, now, 'UTC')).toBe('20:59');
    expect(listTime(now - 86_400_000, now, 'UTC')).toBe('2026-11-23');
  });
});

describe('a duration', () => {
  it.each([
    [0, '0 s'],
    [999, '0 s'],
    [-5000, '0 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [432_000_000 + 3_725_000, '5 d 1 h'],
  ])('of %i ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

/** The agencies of a new network: the sixteen of the program, or those of a file. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_AGENCIES, officerName, parseAgencies } from '../src/network/agencies.ts';

describe('agencies', () => {
  it('are sixteen countries, fifteen in a joint centre and one with a gateway of its own', () => {
    expect(DEFAULT_AGENCIES.length).toBe(16);
    expect(DEFAULT_AGENCIES.filter(({ gateway }) => gateway === 'joint').length).toBe(15);
    expect(DEFAULT_AGENCIES.map(officerName)).toContain('au-officer');
  });

  it('of a file need no more than a code', () => {
    expect(parseAgencies([{ code: 'SE' }])).toEqual([{ code: 'SE', name: 'SE', territory: 'SE', gateway: 'joint' }]);
  });

  it.each([
    ['no list', {}],
    ['an empty list', []],
    ['a code in small letters', [{ code: 'se' }]],
    ['a code twice', [{ code: 'SE' }, { code: 'SE' }]],
    ['a territory that is no country code', [{ code: 'BKA', territory: 'Germany' }]],
    ['a gateway with a path in it', [{ code: 'SE', gateway: '../x' }]],
    ['null', [null]],
  ])('in a file with %s are refused', (_what, json) => {
    expect(() => parseAgencies(json)).toThrow();
  });
});

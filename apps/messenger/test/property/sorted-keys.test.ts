/** The store's index of keys against a plain filter and sort. */
import type { ScanOptions } from '@countersign/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedKeys } from '../../src/worker/sorted-keys.ts';

function plain(keys: Iterable<string>, { prefix = '', after, reverse = false, limit = Number.POSITIVE_INFINITY }: ScanOptions) {
  const isBehind = (key: string) => after === undefined || (reverse ? key < after : key > after);
  const selected = [...keys].filter((key) => key.startsWith(prefix) && isBehind(key)).sort();
  return (reverse ? selected.reverse() : selected).slice(0, limit);
}

const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '0'), maxLength: 4 });

describe('sorted keys', () => {
  it('select what a filter over all keys would', () => {
    const options = fc.record({ prefix: key, after: key, reverse: fc.boolean(), limit: fc.nat(5) }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), key), { maxLength: 40 }), options, (steps, asked) => {
        const keys = new SortedKeys();
        const oracle = new Set<string>();
        for (const [isAdded, name] of steps) {
          if (isAdded) keys.add(name);
          else keys.delete(name);
          if (isAdded) oracle.add(name);
          else oracle.delete(name);
        }
        expect(keys.select(asked)).toEqual(plain(oracle, asked));
      }),
      { seed: 20262, numRuns: 2000 },
    );
  });
});

/** The figures follow from the counts. */
import { expect, test } from 'vitest';
import { Tally } from '../src/score.ts';

test('precision, recall and F1 of hits, false and missed', () => {
  const tally = new Tally();
  tally.add(['a', 'b'], ['a']);
  tally.add(['a'], ['a', 'b']);
  tally.add(['b'], ['b']);
  expect(tally.score('a')).toEqual({ precision: 1, recall: 1, f1: 1, n: 2 });
  expect(tally.score('b')).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, n: 2 });
  expect(tally.score('c')).toEqual({ precision: 1, recall: 1, f1: 1, n: 0 });
});

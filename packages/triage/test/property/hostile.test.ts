/** No text makes triage throw, overlap its entities, or take time out of proportion to its length. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUILT_IN_PACK, parseRulePack, Triager, tokensOf } from '../../src/index.ts';

const triager = new Triager(parseRulePack(BUILT_IN_PACK));

test('any text is judged, and every entity and reason lies inside it', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 120 })),
      (text) => {
        const { entities, evidence } = triager.triage(text);
        for (const [at, { start, end, text: found }] of entities.entries()) {
          expect(text.slice(start, end)).toBe(found);
          expect(start).toBeGreaterThanOrEqual(entities[at - 1]?.end ?? 0);
        }
        for (const { start, end } of evidence) expect(start <= end && end <= text.length).toBe(true);
        tokensOf(text, 'en');
      },
    ),
    { numRuns: 400 },
  );
});

const COSTLY = ['kill him ', '1', '1 ', '12.', 'a@', "l'", '杀', 'A: ', 'kkk', '(1-', 'AB-', '\u0301', 'Mr '];

test.each(COSTLY)('60,000 letters of "%s" end soon', (piece) => {
  const text = piece.repeat(Math.ceil(60_000 / piece.length));
  const started = performance.now();
  triager.triage(text);
  expect(performance.now() - started).toBeLessThan(8_000);
});

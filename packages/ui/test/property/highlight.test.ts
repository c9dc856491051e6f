/** Highlighting never changes a text, whatever the query. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highlight } from '../../src/text.ts';

const hits = (text: string, query: string) =>
  highlight(text, query)
    .filter(({ isHit }) => isHit)
    .map(({ text: piece }) => piece);

describe('highlight', () => {
  it('gives back the text in pieces, of any script and any query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, query) => {
        const pieces = highlight(text, query);
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      }),
      { seed: 20261, numRuns: 500 },
    );
  });

  it('finds words in any case and without Latin marks', () => {
    expect(hits('Bring the CAFÉ keys to the cafe', 'cafe')).toEqual(['CAFÉ', 'cafe']);
  });

  it('keeps its place behind letters that folding lengthens', () => {
    expect(hits('İİ berth', 'berth')).toEqual(['berth']);
  });

  it('keeps marks of scripts in which they carry meaning', () => {
    expect(hits('พรุ่งนี้', 'พรุง')).toEqual([]);
  });

  it('marks nothing for an empty query', () => {
    expect(hits('text', '  ')).toEqual([]);
  });
});

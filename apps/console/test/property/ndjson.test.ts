/** Lines come out whole, wherever the stream breaks them; what is no line of JSON is an error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINE_LETTERS_MAX, NdjsonDecoder } from '../../src/api/ndjson.ts';

describe('the decoder of lines', () => {
  it('gives the same lines for every way of cutting the bytes', () => {
    const line = fc.record({ text: fc.string({ unit: 'grapheme' }) });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(300), { maxLength: 12 }), (lines, cuts) => {
        const bytes = new TextEncoder().encode(lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const decoder = new NdjsonDecoder();
        const found = places.slice(1).flatMap((to, i) => decoder.push(bytes.subarray(places[i], to)));
        expect(found).toEqual(lines);
      }),
      { seed: 20263, numRuns: 500 },
    );
  });

  it('keeps an unfinished line back', () => {
    const decoder = new NdjsonDecoder();
    expect(decoder.push(new TextEncoder().encode('{"a":'))).toEqual([]);
    expect(decoder.push(new TextEncoder().encode('1}\n'))).toEqual([{ a: 1 }]);
  });

  it('refuses what is no JSON, no UTF-8, or a line without end', () => {
    expect(() => new NdjsonDecoder().push(new TextEncoder().encode('nonsense\n'))).toThrow(SyntaxError);
    expect(() => new NdjsonDecoder().push(new Uint8Array([0xff, 0x0a]))).toThrow(TypeError);
    expect(() => new NdjsonDecoder().push(new Uint8Array(LINE_LETTERS_MAX + 1).fill(0x20))).toThrow(RangeError);
  });
});

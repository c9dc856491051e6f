/** QR codes against matrices of another encoder, and the bound of what a code holds. */
import { describe, expect, it } from 'vitest';
import { QR_BYTES_MAX } from '../../src/qr-code-words.ts';
import { qrModules } from '../../src/qr-modules.ts';

const asRows = (text: string) => qrModules(text).map((row) => row.map((isDark) => (isDark ? '1' : '0')).join(''));

describe('a QR code', () => {
  it('is the one that another encoder makes of the same text', () => {
    expect(asRows('CS1')).toEqual(VECTOR_CS1);
  });

  it.each([
    [14, 21],
    [15, 25],
    [122, 45],
    [QR_BYTES_MAX, 53],
  ])('of %i letters has %i modules a side', (letters, size) => {
    expect(qrModules('x'.repeat(letters)).length).toBe(size);
  });

  it('refuses a text that no version holds', () => {
    expect(() => qrModules('x'.repeat(QR_BYTES_MAX + 1))).toThrow(RangeError);
  });
});

/** By the npm package qrcode 1.5.4, byte mode, level M, its own choice of mask. */
const VECTOR_CS1 = [
  '111111100011001111111',
  '100000100111001000001',
  '101110101010101011101',
  '101110101101001011101',
  '101110101010101011101',
  '100000101001001000001',
  '111111101010101111111',
  '000000001010000000000',
  '101111100001001111100',
  '110100001111111000110',
  '001001111110101101010',
  '001100001111111000111',
  '001000110110100101000',
  '000000001010100100100',
  '111111100001010011110',
  '100000101100000110111',
  '101110101111010010100',
  '101110101011111001000',
  '101110101010101100000',
  '100000100101111001000',
  '111111101110100100110',
];

/** The codewords of a QR code (ISO/IEC 18004): byte mode, error correction level M, versions 1 to 9, blocks interleaved. */

interface Blocks {
  /** Error correction codewords of each block. */
  readonly ec: number;
  /** Data codewords of each block. */
  readonly data: readonly number[];
}

/** Table 9, level M; the index is the version less one. */
const BLOCKS: readonly Blocks[] = [
  { ec: 10, data: [16] },
  { ec: 16, data: [28] },
  { ec: 26, data: [44] },
  { ec: 18, data: [32, 32] },
  { ec: 24, data: [43, 43] },
  { ec: 16, data: [27, 27, 27, 27] },
  { ec: 18, data: [31, 31, 31, 31] },
  { ec: 22, data: [38, 38, 39, 39] },
  { ec: 22, data: [36, 36, 36, 37, 37] },
];

/** Mode and length take 12 bits up to version 9. */
const OVERHEAD_BYTES = 2;

/** Bytes that a code of the largest version holds. */
export const QR_BYTES_MAX = sum((BLOCKS.at(-1) as Blocks).data) - OVERHEAD_BYTES;

export interface CodeWords {
  readonly version: number;
  readonly words: readonly number[];
}

/** The smallest version that holds the bytes; a RangeError beyond QR_BYTES_MAX. */
export function qrCodeWords(bytes: Uint8Array): CodeWords {
  const at = BLOCKS.findIndex(({ data }) => sum(data) - OVERHEAD_BYTES >= bytes.length);
  const blocks = BLOCKS[at];
  if (blocks === undefined) throw new RangeError('too long for a QR code');
  const data = dataWords(bytes, sum(blocks.data));
  const parts = blocks.data.map((length, i) => {
    const from = sum(blocks.data.slice(0, i));
    return data.slice(from, from + length);
  });
  const corrections = parts.map((part) => remainder(part, blocks.ec));
  return { version: at + 1, words: [...interleave(parts), ...interleave(corrections)] };
}

/** Mode 4 (bytes), length, the bytes, a terminator, then the two padding words in turn. */
function dataWords(bytes: Uint8Array, capacity: number): number[] {
  const nibbles = [4, bytes.length >> 4, bytes.length & 15, ...[...bytes].flatMap((byte) => [byte >> 4, byte & 15]), 0];
  const words: number[] = [];
  for (let i = 0; i < nibbles.length; i += 2) words.push(((nibbles[i] as number) << 4) | (nibbles[i + 1] ?? 0));
  for (let pad = 0xec; words.length < capacity; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

function interleave(parts: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...parts.map((part) => part.length));
  return Array.from({ length: longest }, (_, i) => parts.flatMap((part) => part[i] ?? [])).flat();
}

/** Reed-Solomon over GF(256) with 0x11d: the remainder of the data by the generator of `count` roots. */
function remainder(data: readonly number[], count: number): number[] {
  let generator = [1];
  let root = 1;
  for (let i = 0; i < count; i++) {
    generator = [...generator, 0].map((value, j) => value ^ multiply(generator[j - 1] ?? 0, root));
    root = multiply(root, 2);
  }
  const rest = [...data, ...generator.slice(1).map(() => 0)];
  for (let i = 0; i < data.length; i++) {
    const factor = rest[i] as number;
    generator.forEach((value, j) => {
      rest[i + j] = (rest[i + j] as number) ^ multiply(value, factor);
    });
  }
  return rest.slice(data.length);
}

function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product >> 7 === 1 ? 0x11d : 0);
    if (((b >> bit) & 1) === 1) product ^= a;
  }
  return product;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

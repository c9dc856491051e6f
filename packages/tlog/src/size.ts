/**
 * Tree sizes and entry indices as numbers and in their one decimal spelling (C2SP tlog-checkpoint).
 *
 * They are safe integers: a log of one entry a microsecond needs 285 years to leave them. The operators `>>`, `&` and `|` cut
 * numbers to 32 bits, so arithmetic on sizes uses division and remainder.
 */

/** Entries in a tree that this code can count. */
export const TREE_SIZE_MAX = Number.MAX_SAFE_INTEGER;

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/** The number, or null for a leading zero, a sign, anything that is no digit, or more than TREE_SIZE_MAX. */
export function parseSize(text: string): number | null {
  if (!DECIMAL.test(text)) return null;
  const size = Number(text);
  return isSize(size) ? size : null;
}

export function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

export function half(value: number): number {
  return Math.floor(value / 2);
}

export function isOdd(value: number): boolean {
  return value % 2 === 1;
}

/** The largest power of two that is at most `value`, which is at least 1. */
export function powerOfTwoUpTo(value: number): number {
  let power = 2 ** Math.floor(Math.log2(value));
  // Math.log2 rounds, so near a power above 2^48 it may be off by one.
  while (power > value) power /= 2;
  while (power * 2 <= value) power *= 2;
  return power;
}

/** The modules of a QR code (ISO/IEC 18004): function patterns, codewords in their zigzag, and the mask with the least penalty. */

import { qrCodeWords } from './qr-code-words.ts';
import { qrPenalty } from './qr-penalty.ts';

type Grid = boolean[][];

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Rows of dark (true) and light modules, without the margin. A RangeError for texts that are too long (QR_BYTES_MAX). */
export function qrModules(text: string): boolean[][] {
  const { version, words } = qrCodeWords(new TextEncoder().encode(text));
  const size = 17 + 4 * version;
  const grid: Grid = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const taken: Grid = grid.map((row) => row.map(() => false));
  const set = (x: number, y: number, isDark: boolean) => {
    (grid[y] as boolean[])[x] = isDark;
    (taken[y] as boolean[])[x] = true;
  };
  drawPatterns(size, version, set);
  drawFormat(size, 0, set);
  if (version >= 7) drawVersion(size, version, set);
  drawWords(grid, taken, words);
  const candidates = MASKS.map((_, mask) => masked(grid, taken, mask));
  const penalties = candidates.map(qrPenalty);
  return candidates[penalties.indexOf(Math.min(...penalties))] as Grid;
}

type SetModule = (x: number, y: number, isDark: boolean) => void;

function drawPatterns(size: number, version: number, set: SetModule): void {
  for (const [left, top] of [
    [0, 0],
    [size - 7, 0],
    [0, size - 7],
  ] as const) {
    for (let y = -1; y <= 7; y++) {
      for (let x = -1; x <= 7; x++) {
        if (left + x < 0 || left + x >= size || top + y < 0 || top + y >= size) continue;
        const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
        set(left + x, top + y, ring !== 2 && ring !== 4);
      }
    }
  }
  for (let i = 8; i < size - 8; i++) {
    set(i, 6, i % 2 === 0);
    set(6, i, i % 2 === 0);
  }
  const last = size - 7;
  for (const cy of alignmentCentres(size, version)) {
    for (const cx of alignmentCentres(size, version)) {
      // The three that would lie on a finder pattern are left out.
      const isOnFinder = (cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6);
      if (!isOnFinder) drawAlignment(cx, cy, set);
    }
  }
}

/** One square from version 2 on, a third line from version 7 on. */
function alignmentCentres(size: number, version: number): number[] {
  if (version === 1) return [];
  return version < 7 ? [6, size - 7] : [6, (size - 1) / 2, size - 7];
}

function drawAlignment(cx: number, cy: number, set: SetModule): void {
  for (let y = -2; y <= 2; y++) {
    for (let x = -2; x <= 2; x++) set(cx + x, cy + y, Math.max(Math.abs(x), Math.abs(y)) !== 1);
  }
}

/** Level M is 0: five bits of level and mask, ten of BCH, and the fixed mask; twice. */
function drawFormat(size: number, mask: number, set: SetModule): void {
  let rest = mask;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((mask << 10) | rest) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const isDark = ((bits >> i) & 1) === 1;
    if (i < 8) {
      set(8, i < 6 ? i : i + 1, isDark);
      set(size - 1 - i, 8, isDark);
    } else {
      set(i === 8 ? 7 : 14 - i, 8, isDark);
      set(8, size - 15 + i, isDark);
    }
  }
  set(8, size - 8, true);
}

/** Six bits of version and twelve of BCH, beside two of the finder patterns. */
function drawVersion(size: number, version: number, set: SetModule): void {
  let rest = version;
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i++) {
    const isDark = ((bits >> i) & 1) === 1;
    set(Math.floor(i / 3), size - 11 + (i % 3), isDark);
    set(size - 11 + (i % 3), Math.floor(i / 3), isDark);
  }
}

/** Two columns at a time from the right, upwards and downwards in turn; the column of the timing line is skipped. */
function drawWords(grid: Grid, taken: Grid, words: readonly number[]): void {
  const size = grid.length;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const isUpward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step++) {
      const y = isUpward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (taken[y]?.[x] === true) continue;
        (grid[y] as boolean[])[x] = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
        bit += 1;
      }
    }
  }
}

function masked(grid: Grid, taken: Grid, mask: number): Grid {
  const isFlipped = MASKS[mask] as (x: number, y: number) => boolean;
  const result = grid.map((row, y) => row.map((isDark, x) => isDark !== (taken[y]?.[x] !== true && isFlipped(x, y))));
  drawFormat(grid.length, mask, (x, y, isDark) => {
    (result[y] as boolean[])[x] = isDark;
  });
  return result;
}

/** Tiles: runs of up to 256 hashes of one tree level, and the bundles of entries beneath them (C2SP tlog-tiles). */
import { check } from './error.ts';
import { isSize, parseSize } from './size.ts';

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
/** Tree levels between the hashes of one tile level and those of the next. */
export const TILE_HEIGHT = 8;

const LEVEL_MAX = 63;
const INDEX_PARTS_MAX = 6;

export interface Tile {
  /** Tile level: hash i of the tile spans 256^level entries. `entries` is a bundle, which is cut like level 0. */
  readonly level: number | 'entries';
  readonly index: number;
  /** 1 to 256; a tile below 256 is partial. */
  readonly width: number;
}

/** `tile/<level>/<index>[.p/<width>]`, the index in groups of three digits. */
export function formatTilePath(tile: Tile): string {
  const digits = String(tile.index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/.{3}/g) ?? [];
  const index = groups.map((group, i) => (i + 1 < groups.length ? `x${group}` : group)).join('/');
  return `tile/${tile.level}/${index}${tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`}`;
}

/** Throws `tile.path_invalid`; each tile has one path. */
export function parseTilePath(path: string): Tile {
  const match = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/.exec(path);
  check(match !== null, 'tile.path_invalid');
  const [, levelText = '', indexText = '', widthText] = match;
  const groups = indexText.split('/').map((group) => group.replace('x', ''));
  check(groups.length <= INDEX_PARTS_MAX && (groups.length === 1 || groups[0] !== '000'), 'tile.path_invalid');
  const index = Number(groups.join(''));
  check(isSize(index), 'tile.path_invalid');
  return { level: parseLevel(levelText), index, width: parseWidth(widthText) };
}

function parseLevel(text: string): number | 'entries' {
  if (text === 'entries') return text;
  const level = parseSize(text);
  check(level !== null && level <= LEVEL_MAX, 'tile.path_invalid');
  return level;
}

function parseWidth(text: string | undefined): number {
  if (text === undefined) return TILE_WIDTH;
  const width = parseSize(text);
  check(width !== null && width >= 1 && width < TILE_WIDTH, 'tile.path_invalid');
  return width;
}

/** How many hashes a tree of `size` entries has on a tile level. */
export function hashesOnLevel(size: number, level: number | 'entries'): number {
  return level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level);
}

/** The width of a tile in a tree of `size` entries: 0 when it has none there. */
export function widthIn(size: number, level: number | 'entries', index: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesOnLevel(size, level) - index * TILE_WIDTH));
}

/** The tile, when a tree of `size` entries fills it that far. Throws `tile.too_wide`: such a tile would hold unsigned hashes. */
export function verifyTileFits(tile: Tile, size: number): Tile {
  check(tile.width <= widthIn(size, tile.level, tile.index), 'tile.too_wide');
  return tile;
}

/**
 * The hash tiles that are new or wider when a tree grows, lowest level first. A log serves them, and the bundles of
 * `changedBundles`, before a checkpoint of `newSize` (C2SP tlog-tiles, Partial Tiles).
 */
export function changedTiles(oldSize: number, newSize: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; hashesOnLevel(newSize, level) > hashesOnLevel(oldSize, level); level++) {
    tiles.push(...changedOnLevel(level, oldSize, newSize));
  }
  return tiles;
}

/** The entry bundles that are new or longer when a tree grows. */
export function changedBundles(oldSize: number, newSize: number): Tile[] {
  return changedOnLevel('entries', oldSize, newSize);
}

function changedOnLevel(level: number | 'entries', oldSize: number, newSize: number): Tile[] {
  const tiles: Tile[] = [];
  const first = Math.floor(hashesOnLevel(oldSize, level) / TILE_WIDTH);
  for (let index = first; widthIn(newSize, level, index) > 0; index++) {
    tiles.push({ level, index, width: widthIn(newSize, level, index) });
  }
  return tiles;
}

/** Entry bundles: up to 256 entries, each behind its uint16 length (C2SP tlog-tiles, Log entries). */
import { concat, ensure, u16 } from '@countersign/bytes';
import { check } from './error.ts';
import { TILE_WIDTH } from './tile.ts';

/** What the length in front of an entry can say. */
export const ENTRY_BYTES_MAX = 65_535;

/** Throws `log.entry_too_large` for an entry that no bundle can carry; a RangeError for a number of entries outside 1..256. */
export function formatEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0 || entries.length > TILE_WIDTH) throw new RangeError('a bundle holds 1 to 256 entries');
  for (const entry of entries) ensure(entry.length <= ENTRY_BYTES_MAX, 'log.entry_too_large'); // PROTOCOL 11.1
  return concat(...entries.flatMap((entry) => [u16(entry.length), entry]));
}

/** The entries of a bundle of `width`. Throws `bundle.malformed`; the result shares memory with `bytes`. */
export function parseEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    check(offset + 2 <= bytes.length && entries.length < width, 'bundle.malformed');
    const start = offset + 2;
    const end = start + (bytes[offset] as number) * 256 + (bytes[offset + 1] as number);
    check(end <= bytes.length, 'bundle.malformed');
    entries.push(bytes.subarray(start, end));
    offset = end;
  }
  check(entries.length === width, 'bundle.malformed');
  return entries;
}

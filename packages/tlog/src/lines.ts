/** What proof files and witness requests share: lines of text, an empty line, and a checkpoint carried as it is. */
import { parseBase64, toBase64 } from './base64.ts';
import { HASH_BYTES } from './merkle.ts';

const NEWLINE = 0x0a;

/** The lines before the first empty line, each without its newline, and the bytes behind it; null without an empty line. */
export function splitHeader(bytes: Uint8Array): { lines: string[]; rest: Uint8Array } | null {
  const lines: string[] = [];
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return null;
    if (end === start) return { lines, rest: bytes.subarray(end + 1) };
    lines.push(ascii(bytes.subarray(start, end)));
    start = end + 1;
  }
}

/** Bytes above 127 stay what no rule of these formats accepts. */
function ascii(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** One base64 hash a line; null when one is not 32 bytes or there are more than `max`. */
export function parseHashLines(lines: readonly string[], max: number): Uint8Array[] | null {
  if (lines.length > max) return null;
  const hashes: Uint8Array[] = [];
  for (const line of lines) {
    const hash = parseBase64(line);
    if (hash === null || hash.length !== HASH_BYTES) return null;
    hashes.push(hash);
  }
  return hashes;
}

export function formatHashLines(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => `${toBase64(hash)}\n`).join('');
}

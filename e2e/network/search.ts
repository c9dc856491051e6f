/** Looks for secrets where they must not be: in every file of a folder, and in the writable memory of a process. */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK_BYTES = 8 * 2 ** 20;
const HEX_LETTERS_MIN = 8;

export interface Needle {
  /** What is found, for the report. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** A text as programs keep it: in UTF-8, in UTF-16 (V8's wide strings), in hex, and inside base64 of any alignment. */
export function needlesOfText(name: string, text: string): readonly Needle[] {
  const utf16be = Buffer.from(text, 'utf16le').swap16();
  return [
    ...needlesOfBytes(name, Buffer.from(text, 'utf8')),
    { name: `${name} in UTF-16`, bytes: Buffer.from(text, 'utf16le') },
    { name: `${name} in UTF-16, big-endian`, bytes: utf16be },
  ];
}

/** Bytes as they are, in hex of either case, and inside base64 of any alignment. */
export function needlesOfBytes(name: string, bytes: Uint8Array): readonly Needle[] {
  const raw = Buffer.from(bytes);
  if (raw.length < HEX_LETTERS_MIN) throw new RangeError('so short a secret would be found by chance');
  const spelled = [
    { form: 'hex', letters: raw.toString('hex') },
    { form: 'HEX', letters: raw.toString('hex').toUpperCase() },
    ...[0, 1, 2].map((shift) => ({ form: `base64 at ${shift}`, letters: innerBase64(raw, shift, 'base64') })),
    ...[0, 1, 2].map((shift) => ({ form: `base64url at ${shift}`, letters: innerBase64(raw, shift, 'base64url') })),
  ];
  // Each form costs a search of everything: those that come out the same are searched for once.
  const forms = new Map(spelled.map(({ form, letters }) => [letters, form]));
  return [
    { name, bytes: raw },
    ...[...forms].map(([letters, form]) => ({ name: `${name} in ${form}`, bytes: Buffer.from(letters, 'latin1') })),
  ];
}

/** The letters that these bytes alone decide when `shift` other bytes (mod 3) stand before them. */
function innerBase64(bytes: Buffer, shift: number, form: 'base64' | 'base64url'): string {
  const letters = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(form)
    .replace(/=+$/, '');
  const first = Math.ceil((shift * 4) / 3);
  const last = Math.floor(((shift + bytes.length) * 4) / 3);
  return letters.slice(first, last);
}

export interface Found {
  readonly needle: string;
  readonly place: string;
}

export function searchBytes(bytes: Buffer, place: string, needles: readonly Needle[]): readonly Found[] {
  return needles.flatMap((needle) => (bytes.includes(needle.bytes) ? [{ needle: needle.name, place }] : []));
}

export interface Searched {
  readonly found: readonly Found[];
  /** How much was looked at, so that a search of nothing is no proof. */
  readonly bytes: number;
  readonly places: number;
}

/** Every regular file under a folder, names included. */
export async function searchFolder(folder: string, needles: readonly Needle[]): Promise<Searched> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: Found[] = [];
  let bytes = 0;
  let places = 0;
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    found.push(...searchBytes(Buffer.from(path, 'utf8'), `the name of ${path}`, needles));
    if (!entry.isFile()) continue;
    // A file that a server removes meanwhile, as Postgres does with WAL, is no longer on the disk.
    const content = await readFile(path).catch(() => null);
    if (content === null) continue;
    bytes += content.length;
    places += 1;
    found.push(...searchBytes(content, path, needles));
  }
  return { found, bytes, places };
}

/** The writable memory of a process: heaps, stacks and what is shared. Needs to be root, or the process's own user. */
export async function searchMemory(pid: number, name: string, needles: readonly Needle[]): Promise<Searched> {
  const overlap = Math.max(...needles.map(({ bytes }) => bytes.length)) - 1;
  const memory = await open(`/proc/${pid}/mem`, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const found = new Map<string, Found>();
  let bytes = 0;
  let places = 0;
  try {
    for (const { from, to } of await writableRegions(pid)) {
      places += 1;
      for (let at = from; at < to; at += CHUNK_BYTES - overlap) {
        const { bytesRead } = await memory.read(chunk, 0, Math.min(CHUNK_BYTES, to - at), at).catch(() => ({ bytesRead: 0 }));
        bytes += bytesRead;
        const place = `memory of ${name} (${pid})`;
        for (const hit of searchBytes(chunk.subarray(0, bytesRead), place, needles)) found.set(hit.needle, hit);
      }
    }
  } finally {
    chunk.fill(0);
    await memory.close();
  }
  return { found: [...found.values()], bytes, places };
}

/** Regions that can be read and written; a reservation without access holds nothing. */
async function writableRegions(pid: number): Promise<readonly { readonly from: number; readonly to: number }[]> {
  const lines = (await readFile(`/proc/${pid}/maps`, 'utf8')).split('\n');
  return lines.flatMap((line) => {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    // Addresses of user space stay below 2^47: numbers hold them exactly.
    return from === undefined || to === undefined ? [] : [{ from: Number.parseInt(from, 16), to: Number.parseInt(to, 16) }];
  });
}

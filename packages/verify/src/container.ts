/**
 * The container of an evidence file: a ZIP archive with one possible form (docs/evidence.md). Members are stored, not compressed, in the
 * order of their names, with one fixed time: whoever has the members can make the archive again, byte for byte, and nothing can hide in it.
 */
import { compare, ensure, equal, fromUtf8 } from '@countersign/bytes';
import { unzipSync, type Zippable, zipSync } from 'fflate';

/** Also the most that unpacking can take, since nothing is compressed: there are no zip bombs. */
export const EVIDENCE_BYTES_MAX = 2 ** 30;
/** A ZIP archive without extensions counts to 65,535. */
export const EVIDENCE_FILES_MAX = 65_000;
const EVIDENCE_PATH_CHARS_MAX = 120;

/** One folder at most two deep, plain names: no path leads out of the archive or means another on another system. */
const PATH = /^([a-z]+\/){0,1}([0-9a-f]{64}\/)?[A-Za-z0-9_-]+(\.[a-z-]+)?$/;

export type Members = ReadonlyMap<string, Uint8Array>;

/** RangeError above the limits: the caller splits what it hands out. */
export function formatContainer(members: Members): Uint8Array {
  if (members.size > EVIDENCE_FILES_MAX) throw new RangeError(`${members.size} members in one evidence file`);
  // A time without a zone, as ZIP has it: the same bytes everywhere.
  const mtime = new Date(1980, 0, 1);
  const files: Zippable = {};
  for (const name of [...members.keys()].sort((a, b) => compare(fromUtf8(a), fromUtf8(b)))) {
    files[name] = [members.get(name) as Uint8Array, { level: 0, mtime, os: 3, attrs: 0 }];
  }
  const bytes = zipSync(files);
  if (bytes.length > EVIDENCE_BYTES_MAX) throw new RangeError(`an evidence file of ${bytes.length} bytes`);
  return bytes;
}

/** The members of an archive that has the one form; anything else is `evidence.invalid`. */
export function parseContainer(bytes: Uint8Array): Members {
  ensure(bytes.length <= EVIDENCE_BYTES_MAX, 'evidence.invalid');
  const files = unzip(bytes);
  ensure(files !== null, 'evidence.invalid');
  const members = new Map(Object.entries(files));
  ensure(equal(formatContainer(members), bytes), 'evidence.invalid');
  return members;
}

function unzip(bytes: Uint8Array): Record<string, Uint8Array> | null {
  let count = 0;
  let total = 0;
  const isFine = (name: string, compression: number, size: number): boolean => {
    count += 1;
    total += size;
    const isSmall = count <= EVIDENCE_FILES_MAX && total <= bytes.length && name.length <= EVIDENCE_PATH_CHARS_MAX;
    return compression === 0 && isSmall && PATH.test(name);
  };
  try {
    return unzipSync(bytes, {
      filter({ name, compression, originalSize, size }) {
        if (isFine(name, compression, size) && originalSize === size) return true;
        throw new RangeError('a member that has no place in an evidence file');
      },
    });
  } catch {
    return null; // an archive that cannot be read, in whatever way
  }
}

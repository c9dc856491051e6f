/** verifyLog: reads a whole log from its tiles, holds it to its witnessed checkpoint, and says what a monitor would (PROTOCOL 11). */
import { Ac1Error, decode, ensure, equal } from '@countersign/bytes';
import {
  acceptedOrNull,
  EntryType,
  listOverdue,
  logEntryCodec,
  type OverdueNotice,
  refusalOf,
  type SigKey,
} from '@countersign/custody';
import {
  type CheckpointPolicy,
  entryHash,
  merkleRoot,
  parseEntryBundle,
  TILE_WIDTH,
  type Tile,
  TlogError,
  verifyCheckpoint,
  widthIn,
} from '@countersign/tlog';
import { ExhibitLog } from './exhibit-log.ts';

/** Entries before the first profile. */
const GENESIS_ENTRIES_MAX = 10_000;

export interface LogToVerify {
  /** A signed note. */
  readonly checkpoint: Uint8Array;
  readonly policy: CheckpointPolicy;
  /** The bytes of a tile of entries, as the log serves it. */
  readonly readTile: (tile: Tile) => Promise<Uint8Array>;
  readonly rootKey: SigKey;
  /** Unix seconds. */
  readonly now: number;
  /** What the caller remembers of the log: the checkpoint must continue it. */
  readonly known?: { readonly size: number; readonly root: Uint8Array };
}

export interface VerifiedLog {
  readonly size: number;
  readonly root: Uint8Array;
  /** How many entries of each type; 0 counts those that everybody treats as absent. */
  readonly entriesByType: ReadonlyMap<number, number>;
  /** Indices of entries whose form, actor or handle is wrong: a log that works refuses them, but for those of a genesis whom no profile names. */
  readonly absent: readonly number[];
  /** Orders whose notice date passed without what has to be public by then. */
  readonly overdue: readonly OverdueNotice[];
}

/** Throws the codes of VerifyCheckpoint, `log.inconsistent` where the entries do not lead to its root or the log was rewritten. */
export async function verifyLog(log: LogToVerify): Promise<VerifiedLog> {
  const { size, root } = verifyCheckpoint(log.checkpoint, log.policy, log.now);
  const entries = await readEntries(size, log.readTile);
  const hashes = entries.map(entryHash);
  ensure(equal(merkleRoot(hashes), root), 'log.inconsistent');
  const { known } = log;
  if (known !== undefined) {
    const isContinued = known.size <= size && equal(merkleRoot(hashes.slice(0, known.size)), known.root);
    ensure(isContinued, 'log.inconsistent');
  }
  return { size, root, ...judge(entries, log) };
}

async function readEntries(size: number, readTile: LogToVerify['readTile']): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = widthIn(size, 'entries', index);
    const bytes = await readTile({ level: 'entries', index, width });
    entries.push(...parseBundle(bytes, width));
  }
  return entries;
}

function parseBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  try {
    return parseEntryBundle(bytes, width);
  } catch (cause) {
    if (cause instanceof TlogError) throw new Ac1Error('log.inconsistent', {}, { cause });
    throw cause;
  }
}

function judge(entries: readonly Uint8Array[], { rootKey, now }: LogToVerify): Omit<VerifiedLog, 'size' | 'root'> {
  const log = new ExhibitLog(rootKey, new Uint8Array(0));
  const types = new Map<number, number>();
  for (const index of judgingOrder(entries, rootKey)) {
    const entry = acceptedOrNull(() => log.append(BigInt(index), entries[index] as Uint8Array, null));
    if (entry !== null) types.set(index, entry.type);
  }
  const entriesByType = new Map<number, number>();
  const absent = entries.flatMap((_, index) => (types.has(index) ? [] : [index]));
  entries.forEach((_, index) => {
    const type = types.get(index) ?? 0;
    entriesByType.set(type, (entriesByType.get(type) ?? 0) + 1);
  });
  const hasProfile = refusalOf(() => log.profile) === null;
  return { entriesByType, absent, overdue: hasProfile ? listOverdue(log, now) : [] };
}

/** A genesis logs its ceremony and custody key before the profile that names their actors: those are judged by it, the key first. */
function judgingOrder(entries: readonly Uint8Array[], rootKey: SigKey): number[] {
  const all = entries.map((_, index) => index);
  const isFirstProfile = (bytes: Uint8Array): boolean =>
    refusalOf(() => new ExhibitLog(rootKey, new Uint8Array(0)).append(0n, bytes, null)) === null;
  const first = entries.slice(0, GENESIS_ENTRIES_MAX).findIndex(isFirstProfile);
  if (first === -1) return all;
  const before = all.slice(0, first);
  const isKey = (index: number): boolean =>
    acceptedOrNull(() => decode(logEntryCodec, entries[index] as Uint8Array))?.type === EntryType.custodyKey;
  return [first, ...before.filter(isKey), ...before.filter((index) => !isKey(index)), ...all.slice(first + 1)];
}

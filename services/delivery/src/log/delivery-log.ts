/** What delivery writes to the log and shows of it: entries whose salt is kept first, so that a crash never loses an opening (PROTOCOL 11.2). */
import { Ac1Error, decode, equal, toHex } from '@countersign/bytes';
import {
  commit,
  type EntryType,
  encodeSecretPayload,
  type Handle,
  type LogEntry,
  logEntryCodec,
  ZERO_HANDLE,
} from '@countersign/custody';
import type { AppendedEntry, LogItem, LogMirror, LogWriter } from '@countersign/service';
import { AppError } from '@countersign/wire';

/** Own entries that are looked through for one whose fate is unknown. */
const SEARCHED_ENTRIES_MAX = 200_000;
const FIND_MAX_MS = 20_000;
const ATTEMPTS_MAX = 5;
const NO_BYTES = new Uint8Array(0);

/** A form 1 entry to be, whose salt is in the database. */
export interface KeptItem {
  readonly by: 'relay' | 'registrar';
  readonly type: EntryType;
  readonly handle?: Handle;
  readonly body: Uint8Array;
  readonly salt: Uint8Array;
  /** It may be in the log already: look first. */
  readonly isRetry?: boolean;
}

/** That an entry is in the log: empty until a witnessed checkpoint covers it. */
export interface ShownProof {
  readonly checkpoint: Uint8Array;
  readonly inclusion: Uint8Array[];
}

export interface DeliveryLogOptions {
  readonly mirror: LogMirror;
  readonly relay: LogWriter;
  readonly registrar: LogWriter;
  /** The logbook's private port. */
  readonly privateUrl: string;
}

export class DeliveryLog {
  readonly mirror: LogMirror;
  readonly #options: DeliveryLogOptions;
  /** By salt: appends on their way, so that a sweep does not repeat them. */
  readonly #onTheWay = new Map<string, Promise<AppendedEntry>>();

  constructor(options: DeliveryLogOptions) {
    this.mirror = options.mirror;
    this.#options = options;
  }

  get directory(): LogMirror['directory'] {
    return this.mirror.directory;
  }

  /** Entries that need no opening later. */
  append(by: 'relay' | 'registrar', items: readonly LogItem[]): Promise<AppendedEntry[]> {
    return this.#options[by].append(items);
  }

  /** Appends once, also over lost answers and restarts. Throws `internal.unavailable` when the log cannot be reached for long. */
  appendKept(item: KeptItem): Promise<AppendedEntry> {
    const key = toHex(item.salt);
    const running = this.#onTheWay.get(key);
    if (running !== undefined) return running;
    const appending = this.#appendKept(item).finally(() => this.#onTheWay.delete(key));
    this.#onTheWay.set(key, appending);
    return appending;
  }

  /** By the newest checkpoint that the copy was brought to. */
  prove(index: bigint): ShownProof {
    const held = this.mirror.checkpoint;
    if (held === null || index >= BigInt(held.size)) return { checkpoint: NO_BYTES, inclusion: [] };
    return { checkpoint: held.note, inclusion: this.mirror.proveInclusion(index, held.size) };
  }

  /** Resolves when a witnessed checkpoint covers the entry, or when the time is over. */
  async waitUntilLogged(index: bigint, timeoutMs: number): Promise<void> {
    await this.mirror.waitForSize(Number(index) + 1, AbortSignal.timeout(timeoutMs)).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }

  async #appendKept(item: KeptItem): Promise<AppendedEntry> {
    let mayBeThere = item.isRetry === true;
    for (let attempt = 1; ; attempt++) {
      if (mayBeThere) {
        const found = await this.#find(item);
        if (found !== null) return found;
      }
      try {
        const { by: _, isRetry: __, ...rest } = item;
        const [appended] = await this.#options[item.by].append([rest]);
        return appended as AppendedEntry;
      } catch (error) {
        // A roster's slot that is taken (log.handle_invalid) may have been taken by this very entry.
        const isUnsure =
          error instanceof AppError || (error instanceof Ac1Error && error.code === 'log.handle_invalid' && !mayBeThere);
        if (!isUnsure || attempt === ATTEMPTS_MAX) throw error;
        mayBeThere = true;
      }
    }
  }

  /** The entry with the item's commitment, or null when the actor has made none. */
  async #find(item: KeptItem): Promise<AppendedEntry | null> {
    const payload = encodeSecretPayload(item.type, item.body);
    const commitment = commit(item.salt, payload);
    const { actorKeyId } = this.#options[item.by];
    const last = await this.#lastIndex(actorKeyId, item.handle ?? ZERO_HANDLE);
    if (last === null) return null;
    await this.mirror.waitForSize(last + 1, AbortSignal.timeout(FIND_MAX_MS));
    const own = this.directory.indicesOfActor(actorKeyId);
    for (let i = own.length - 1; i >= Math.max(0, own.length - SEARCHED_ENTRIES_MAX); i--) {
      const index = own[i] as number;
      const bytes = this.mirror.entry(index);
      const entry: LogEntry = decode(logEntryCodec, bytes);
      if (entry.form === 1 && equal(entry.commitment, commitment)) {
        return { index: BigInt(index), entry: bytes, salt: item.salt, payload };
      }
    }
    return null;
  }

  /** The logbook's own word, since an entry may be appended and not yet under a checkpoint. */
  async #lastIndex(actorKeyId: Uint8Array, handle: Uint8Array): Promise<number | null> {
    const url = `${this.#options.privateUrl}/v1/actors/${toHex(actorKeyId)}/${toHex(handle)}`;
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(FIND_MAX_MS), redirect: 'error' });
      if (!answer.ok) throw new AppError('internal.unavailable');
      return ((await answer.json()) as { last_index: number | null }).last_index;
    } catch (cause) {
      throw new AppError('internal.unavailable', undefined, { cause });
    }
  }
}

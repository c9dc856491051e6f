/** LogBook: judges entries and makes them durable, many to one write (PROTOCOL 11.2, "What the log checks"). */
import { type Ac1Code, Ac1Error, decode, ensure, toHex } from '@countersign/bytes';
import { type Actor, type LogEntry, logEntryCodec, type NetworkProfile, verifyHour } from '@countersign/custody';
import { EntryStore, LogDirectory, type TrustAnchor } from '@countersign/service';
import { ENTRY_BYTES_MAX, entryHash } from '@countersign/tlog';
import { AppError } from '@countersign/wire';
import { OrderDates } from './order-dates.ts';
import { RecentEntries } from './recent-entries.ts';

/** Where no profile says otherwise (PROTOCOL 4.1). */
const SKEW_S = 600;
/** One write takes requests until it has so many entries. */
const BATCH_ENTRIES_MIN = 256;
/** Entries that wait; beyond that a caller is told to wait himself. */
const WAITING_ENTRIES_MAX = 16_384;

export type AppendOutcome = { readonly index: number } | { readonly code: Ac1Code };

export interface LogBookOptions {
  /** Exists; null keeps the log in memory. */
  readonly dir: string | null;
  readonly anchor: TrustAnchor;
  readonly genesis: readonly Actor[];
  /** Unix seconds. */
  readonly now: () => number;
  /** A write failed: what is on disk is unknown, so the process has to end and to start from the disk again. */
  readonly onFault: (error: unknown) => void;
}

interface Request {
  readonly entries: readonly Uint8Array[];
  readonly resolve: (outcomes: AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

export class LogBook {
  readonly directory: LogDirectory;
  readonly #options: LogBookOptions;
  readonly #store: EntryStore;
  readonly #dates = new OrderDates();
  readonly #recent = new RecentEntries();
  /** By actor and handle in hex. */
  readonly #lastIndex = new Map<string, number>();
  /** Judged and accepted, not yet durable. */
  #batch: Uint8Array[] = [];
  #requests: Request[] = [];
  #waitingEntries = 0;
  #pumping: Promise<void> | null = null;
  #isClosed = false;
  #onAppended: () => void = () => {};

  private constructor(options: LogBookOptions, store: EntryStore) {
    this.#options = options;
    this.#store = store;
    const entry = (index: number): Uint8Array =>
      index < store.size ? store.entry(index) : (this.#batch[index - store.size] as Uint8Array);
    this.directory = new LogDirectory(options.anchor, { entry, rootAt: (size) => store.head(size).root }, options.genesis);
  }

  /** Throws for a damaged entries file; a torn tail, which was never acknowledged, is cut off. */
  static async open(options: LogBookOptions): Promise<LogBook> {
    const store = await EntryStore.open(options.dir);
    const book = new LogBook(options, store);
    for (let index = 0; index < store.size; index++) book.#recover(store.entry(index), index);
    return book;
  }

  /** Durable entries. */
  get size(): number {
    return this.#store.size;
  }

  /** Tree, tiles and proofs of the durable entries. */
  get store(): Pick<EntryStore, 'size' | 'entry' | 'head' | 'proveConsistency' | 'proveInclusion' | 'tileBytes'> {
    return this.#store;
  }

  get waitingEntries(): number {
    return this.#waitingEntries;
  }

  /** Called after each write. */
  onAppended(listener: () => void): void {
    this.#onAppended = listener;
  }

  /** Judges each entry by itself and resolves when the accepted ones are durable. `limit.rate` when too many wait. */
  append(entries: readonly Uint8Array[]): Promise<AppendOutcome[]> {
    if (this.#isClosed) return Promise.reject(new AppError('internal.unavailable'));
    if (this.#waitingEntries + entries.length > WAITING_ENTRIES_MAX) {
      return Promise.reject(new AppError('limit.rate', 'entries waiting for the disk'));
    }
    this.#waitingEntries += entries.length;
    const outcomes = new Promise<AppendOutcome[]>((resolve, reject) => this.#requests.push({ entries, resolve, reject }));
    this.#pumping ??= this.#pump();
    return outcomes;
  }

  /** The index of an actor's last entry with a handle, or null; both in hex. Waits for what was sent before. */
  async lastIndex(actorKeyId: string, handle: string): Promise<number | null> {
    await this.#pumping;
    return this.#lastIndex.get(`${actorKeyId}/${handle}`) ?? null;
  }

  /** Finishes what was begun. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pumping;
    this.#store.close();
  }

  async #pump(): Promise<void> {
    // Requests that arrive in one turn share a write.
    await Promise.resolve();
    while (this.#requests.length > 0) await this.#write(this.#takeRequests());
    this.#pumping = null;
  }

  #takeRequests(): Request[] {
    const taken: Request[] = [];
    let entries = 0;
    while (this.#requests.length > 0 && entries < BATCH_ENTRIES_MIN) {
      const request = this.#requests.shift() as Request;
      taken.push(request);
      entries += request.entries.length;
    }
    this.#waitingEntries -= entries;
    return taken;
  }

  async #write(requests: readonly Request[]): Promise<void> {
    const first = this.#store.size;
    try {
      const outcomes = requests.map(({ entries }) => entries.map((bytes) => this.#judge(bytes)));
      const batch = this.#batch;
      if (batch.length > 0) await this.#store.append(batch);
      this.#batch = [];
      for (const [i, bytes] of batch.entries()) this.#remember(decode(logEntryCodec, bytes), first + i);
      for (const [i, { resolve }] of requests.entries()) resolve(outcomes[i] as AppendOutcome[]);
      if (batch.length > 0) this.#onAppended();
    } catch (cause) {
      this.#isClosed = true;
      for (const { reject } of [...requests, ...this.#requests])
        reject(new AppError('internal.unavailable', undefined, { cause }));
      this.#requests = [];
      this.#options.onFault(cause);
    }
  }

  /** The steps of PROTOCOL 11.2 in their order; what passes is in the batch. */
  #judge(bytes: Uint8Array): AppendOutcome {
    const hash = entryHash(bytes);
    const known = this.#recent.find(hash);
    if (known !== null) return { index: known };
    try {
      ensure(bytes.length <= ENTRY_BYTES_MAX, 'log.entry_too_large'); // PROTOCOL 11.1
      const entry = decode(logEntryCodec, bytes); // step 1
      const judged = this.directory.judge(entry); // steps 2 to 5
      this.#dates.verifyHandle(entry); // step 5
      verifyHour(entry, this.#options.now(), this.#profile?.skewS ?? SKEW_S); // step 6
      this.#dates.verifyNoticeBy(entry, judged.subject); // step 7
      const index = this.#store.size + this.#batch.length;
      this.#batch.push(bytes);
      this.directory.appendJudged(entry, judged);
      this.#dates.add(entry);
      this.#recent.add(hash, index);
      return { index };
    } catch (error) {
      if (error instanceof Ac1Error) return { code: error.code };
      throw error;
    }
  }

  /** An entry that the log accepted before it was started anew. */
  #recover(bytes: Uint8Array, index: number): void {
    this.directory.append(bytes);
    const entry = decode(logEntryCodec, bytes);
    this.#dates.add(entry);
    this.#recent.add(entryHash(bytes), index);
    this.#remember(entry, index);
  }

  #remember(entry: LogEntry, index: number): void {
    this.#lastIndex.set(`${toHex(entry.actorKeyId)}/${toHex(entry.handle)}`, index);
  }

  get #profile(): NetworkProfile | null {
    return this.directory.hasProfile ? this.directory.profile : null;
  }
}

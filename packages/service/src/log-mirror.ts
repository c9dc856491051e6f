/**
 * LogMirror: a process's own copy of the log, which grows only by entries that lead to a witnessed checkpoint
 * (PROTOCOL 11.1, 11.3 step 1). A log that contradicts the copy ends it for good, and both checkpoints are kept.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Ac1Error, ensure, equal } from '@countersign/bytes';
import { LogDirectory } from '@countersign/custody';
import { type Checkpoint, type TreeHead, verifyCheckpoint } from '@countersign/tlog';
import { AppError } from '@countersign/wire';
import { readIfThere, replaceFile } from './durable-file.ts';
import { EntryStore } from './entry-store.ts';
import { pause, signalOrThrow } from './log-calls.ts';
import { LogReader } from './log-reader.ts';
import { anchorPolicy, CHECKPOINT_MAX_AGE_S, type TrustAnchor } from './network.ts';

/** Between two questions, where the log does not wait with its answer by itself, or cannot be reached. */
const POLL_MS = 500;
const WAITERS_MAX = 10_000;

export interface LogMirrorOptions {
  /** Whose log it is, and whom the reader believes. */
  readonly anchor: TrustAnchor;
  /** Made if it is not there; null keeps the copy in memory. */
  readonly dir: string | null;
  /** Unix seconds. */
  readonly now: () => number;
  /** The log's public address, when it is not the anchor's. */
  readonly url?: string;
  /** Told once, when the copy stops for good. */
  readonly onFault?: (fault: Ac1Error) => void;
}

/** An entry of the copy: proven to be in the log. */
export interface MirroredEntry {
  readonly index: bigint;
  readonly bytes: Uint8Array;
}

/** A checkpoint that the copy was brought to, with its note as it was served. */
export interface HeldCheckpoint extends TreeHead {
  readonly note: Uint8Array;
}

interface Waiter {
  readonly size: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class LogMirror {
  /** What the copy says; it has every entry as soon as `size` counts it. */
  readonly directory: LogDirectory;
  readonly #options: LogMirrorOptions;
  readonly #store: EntryStore;
  readonly #reader: LogReader;
  readonly #ending = new AbortController();
  readonly #waiters = new Set<Waiter>();
  #held: HeldCheckpoint | null;
  #fault: Ac1Error | null = null;
  #following: Promise<void> = Promise.resolve();
  #isFollowing = false;

  private constructor(options: LogMirrorOptions, store: EntryStore, held: HeldCheckpoint | null) {
    this.#options = options;
    this.#store = store;
    this.#held = held;
    this.#reader = new LogReader(options.url ?? options.anchor.log.url);
    const rootAt = (size: number): Uint8Array => store.head(size).root;
    this.directory = new LogDirectory(options.anchor, { entry: (index) => store.entry(index), rootAt });
  }

  /**
   * The copy as it was left, up to its last checkpoint. It does not follow the log before `start`. Throws `log.inconsistent` for a
   * copy that was damaged, and starts with that fault when the log was found to be forked before.
   */
  static async open(options: LogMirrorOptions): Promise<LogMirror> {
    const { dir, anchor } = options;
    if (dir !== null) await mkdir(dir, { recursive: true, mode: 0o700 });
    const note = dir === null ? null : await readIfThere(join(dir, 'checkpoint'));
    // Its age was judged when it was accepted; its signatures are judged again, since a disk is no authority.
    const checkpoint =
      note === null ? null : verifyCheckpoint(note, anchorPolicy(anchor, Number.POSITIVE_INFINITY), options.now());
    const store = await EntryStore.open(dir);
    const held = checkpoint === null || note === null ? null : { size: checkpoint.size, root: checkpoint.root, note };
    if (store.size < (held?.size ?? 0)) throw new Ac1Error('log.inconsistent');
    store.truncate(held?.size ?? 0);
    if (held !== null) ensure(equal(store.head().root, held.root), 'log.inconsistent');
    const mirror = new LogMirror(options, store, held);
    for (let index = 0; index < store.size; index++) mirror.directory.append(store.entry(index));
    if (dir !== null && (await readIfThere(join(dir, 'fork-offered'))) !== null) mirror.#fault = new Ac1Error('log.inconsistent');
    return mirror;
  }

  /** Begins to follow the log, until `stop` or a fault. */
  start(): void {
    if (this.#isFollowing || this.#fault !== null) return;
    this.#isFollowing = true;
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#following;
    for (const waiter of this.#waiters) waiter.reject(new AppError('internal.unavailable'));
    this.#waiters.clear();
    this.#store.close();
  }

  /** Entries of the copy, all of them logged (PROTOCOL 11.2). */
  get size(): number {
    return this.#held?.size ?? 0;
  }

  /** The newest accepted checkpoint, or null before the first. It may have grown stale: `freshCheckpoint`. */
  get checkpoint(): HeldCheckpoint | null {
    return this.#held;
  }

  /** Why the copy stopped for good, or null. */
  get fault(): Ac1Error | null {
    return this.#fault;
  }

  /** The newest checkpoint, fresh now; else `log.not_witnessed`, or the fault. */
  freshCheckpoint(): HeldCheckpoint {
    if (this.#fault !== null) throw this.#fault;
    ensure(this.#held !== null, 'log.not_witnessed');
    this.#verify(this.#held.note);
    return this.#held;
  }

  /** RangeError beyond the last. */
  entry(index: number | bigint): Uint8Array {
    const at = Number(index);
    if (!(at < this.size)) throw new RangeError(`there is no entry ${index}`);
    return this.#store.entry(at);
  }

  rootAt(size: number): Uint8Array {
    if (size > this.size) throw new RangeError(`the copy has ${this.size} entries`);
    return this.#store.head(size).root;
  }

  /** RangeError unless index < size <= the copy's size. */
  proveInclusion(index: number | bigint, size = this.size): Uint8Array[] {
    if (size > this.size) throw new RangeError(`the copy has ${this.size} entries`);
    return this.#store.proveInclusion(Number(index), size);
  }

  /** RangeError unless oldSize <= newSize <= the copy's size. */
  proveConsistency(oldSize: number, newSize = this.size): Uint8Array[] {
    if (newSize > this.size) throw new RangeError(`the copy has ${this.size} entries`);
    return this.#store.proveConsistency(oldSize, newSize);
  }

  /**
   * A checkpoint that somebody shows, judged by the copy (PROTOCOL 11.3 step 1): VerifyCheckpoint, then `log.stale` when the copy does
   * not reach it, `log.inconsistent` when it has another root there, which also ends the copy.
   */
  async verifyShown(note: Uint8Array): Promise<Checkpoint> {
    if (this.#fault !== null) throw this.#fault;
    const shown = this.#verify(note);
    ensure(shown.size <= this.size, 'log.stale');
    if (!equal(this.rootAt(shown.size), shown.root)) throw await this.#fork(note);
    return shown;
  }

  /** Resolves when the copy has `size` entries. Rejects with the fault, or `internal.unavailable` once `signal` has ended. */
  async waitForSize(size: number, signal?: AbortSignal): Promise<void> {
    if (this.#fault !== null) throw this.#fault;
    if (this.size >= size) return;
    signalOrThrow(signal);
    if (this.#ending.signal.aborted) throw new AppError('internal.unavailable');
    if (this.#waiters.size >= WAITERS_MAX) throw new AppError('limit.rate', 'waiting for the log');
    let giveUp = (): void => {};
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter = { size, resolve, reject };
        this.#waiters.add(waiter);
        giveUp = (): void => {
          this.#waiters.delete(waiter);
          reject(new AppError('internal.unavailable', undefined, { cause: signal?.reason }));
        };
        signal?.addEventListener('abort', giveUp);
      });
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Every entry from `from` on, and each new one when it is logged; ends when `signal` does, and throws the fault. */
  async *entries(from = 0n, signal?: AbortSignal): AsyncGenerator<MirroredEntry> {
    for (let at = Number(from); ; ) {
      for (; at < this.size; at++) yield { index: BigInt(at), bytes: this.entry(at) };
      try {
        await this.waitForSize(at + 1, signal);
      } catch (error) {
        if (signal?.aborted || this.#ending.signal.aborted) return;
        throw error;
      }
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && this.#fault === null) {
      const isNews = await this.#step(signal).catch((error: unknown) => {
        if (error instanceof AppError || error instanceof Ac1Error) return false; // unreachable, or no checkpoint to go by: ask again
        throw error;
      });
      if (!isNews) await pause(POLL_MS, signal);
    }
  }

  /** Asks once; true when the copy has grown. A checkpoint that does not verify changes nothing. */
  async #step(signal: AbortSignal): Promise<boolean> {
    const note = await this.#reader.checkpoint(this.size, signal);
    if (note === null) return false;
    const offered = this.#verify(note);
    if (offered.size < this.size) {
      // PROTOCOL 11.1: an older one must be the beginning of what was accepted.
      if (!equal(this.rootAt(offered.size), offered.root)) await this.#fork(note);
      return false;
    }
    const isGrown = offered.size > this.size;
    if (!(await this.#extend(offered, signal))) {
      await this.#fork(note);
      return false;
    }
    await this.#hold({ size: offered.size, root: offered.root, note });
    return isGrown;
  }

  /** Fetches what is missing; false when it does not lead to the checkpoint's root, twice: once might be a broken answer. */
  async #extend(offered: TreeHead, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; attempt < 2; attempt++) {
      this.#store.truncate(this.size);
      for await (const entries of this.#reader.entries(this.size, offered.size, signal)) await this.#store.append(entries);
      if (equal(this.#store.head().root, offered.root)) return true;
    }
    this.#store.truncate(this.size);
    return false;
  }

  /** The entries are durable; now the checkpoint becomes so, and then they count. */
  async #hold(held: HeldCheckpoint): Promise<void> {
    if (this.#options.dir !== null) await replaceFile(join(this.#options.dir, 'checkpoint'), held.note);
    const from = this.size;
    this.#held = held;
    for (let index = from; index < held.size; index++) this.directory.append(this.#store.entry(index));
    for (const waiter of this.#waiters) {
      if (waiter.size > held.size) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #verify(note: Uint8Array): Checkpoint {
    const maxAgeS = this.directory.hasProfile ? this.directory.profile.checkpointMaxAgeS : CHECKPOINT_MAX_AGE_S;
    return verifyCheckpoint(note, anchorPolicy(this.#options.anchor, maxAgeS), this.#options.now());
  }

  /** PROTOCOL 18.8, log.inconsistent: stop and keep both checkpoints, which may prove a fork. */
  async #fork(offered: Uint8Array): Promise<Ac1Error> {
    const fault = new Ac1Error('log.inconsistent');
    if (this.#fault !== null) return this.#fault;
    this.#fault = fault;
    const { dir, onFault } = this.#options;
    if (dir !== null) {
      if (this.#held !== null) await replaceFile(join(dir, 'fork-held'), this.#held.note);
      await replaceFile(join(dir, 'fork-offered'), offered);
    }
    for (const waiter of this.#waiters) waiter.reject(fault);
    this.#waiters.clear();
    onFault?.(fault);
    return fault;
  }
}

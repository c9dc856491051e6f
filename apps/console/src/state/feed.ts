/**
 * The live feed: follows by cursor, so that a pause or a lost line loses nothing. While it is paused nothing is fetched, since every
 * message that comes here is logged as read by this officer (PROTOCOL 12).
 */
import { NdjsonDecoder } from '../api/ndjson.ts';
import type { ShownMessage } from '../api/types.ts';

export type FeedState = 'connecting' | 'live' | 'paused' | 'broken' | 'ended';

export interface FeedSnapshot {
  readonly state: FeedState;
  /** Ascending; the newest so many. */
  readonly messages: readonly ShownMessage[];
  /** Why the feed ended or is being tried again. */
  readonly code: string | null;
  /** From receipt at the service to this screen, of the newest message; null before the first. */
  readonly delayMs: number | null;
  /** When something last arrived here. */
  readonly heardMs: number | null;
  readonly pausedMs: number | null;
  readonly total: number;
}

/** The feed of one order, or of all for undefined, after a cursor. */
export type OpenFeed = (after: string, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;

export interface FeedOptions {
  readonly open: OpenFeed;
  readonly nowMs: () => number;
  readonly after: (ms: number, work: () => void) => () => void;
  /** Where to go on; '0' is the beginning. */
  readonly cursor: string;
  /** A place that the next visit may go on from. */
  readonly saveCursor: (cursor: string) => void;
}

/** Messages kept on this screen; older ones stay in the archive and are found by search. */
export const FEED_MESSAGES_MAX = 2_000;
const RETRY_MS = 2_000;

export class Feed {
  readonly #options: FeedOptions;
  readonly #listeners = new Set<() => void>();
  #snapshot: FeedSnapshot = {
    ...{ state: 'connecting', messages: [], code: null, delayMs: null, heardMs: null, pausedMs: null, total: 0 },
  };
  #cursor: string;
  #abort = new AbortController();
  #cancelRetry: () => void = () => {};

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#cursor = options.cursor;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): FeedSnapshot => this.#snapshot;

  start(): void {
    void this.#follow();
  }

  stop(): void {
    this.#cancelRetry();
    this.#abort.abort();
  }

  pause(): void {
    if (this.#snapshot.state === 'paused') return;
    this.stop();
    this.#set({ state: 'paused', pausedMs: this.#options.nowMs() });
  }

  resume(): void {
    if (this.#snapshot.state !== 'paused' && this.#snapshot.state !== 'ended') return;
    this.#set({ state: 'connecting', pausedMs: null, code: null });
    this.start();
  }

  async #follow(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const stream = await this.#options.open(this.#cursor, abort.signal);
      this.#set({ state: 'live', code: null, heardMs: this.#options.nowMs() });
      await this.#read(stream);
      throw new Error('the stream ended');
    } catch (error) {
      if (abort.signal.aborted || this.#snapshot.state === 'ended') return;
      const { code } = error as { readonly code?: unknown };
      this.#set({ state: 'broken', code: typeof code === 'string' ? code : 'internal.unavailable' });
      this.#cancelRetry = this.#options.after(RETRY_MS, () => void this.#follow());
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new NdjsonDecoder();
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = decoder.push(part.value);
      const end = lines.find((line) => typeof line === 'object' && line !== null && 'end' in line);
      this.#take(lines.filter((line) => line !== end) as ShownMessage[]);
      // The order or the session ended: what was shown before stays on screen only as long as it is not reloaded.
      if (end !== undefined) this.#set({ state: 'ended', code: String((end as { readonly end: unknown }).end) });
    }
  }

  #take(arrived: readonly ShownMessage[]): void {
    const newest = arrived.at(-1);
    if (newest === undefined) return;
    const { messages, total } = this.#snapshot;
    const nowMs = this.#options.nowMs();
    this.#cursor = newest.cursor;
    this.#options.saveCursor(newest.cursor);
    this.#set({
      messages: [...messages, ...arrived].slice(-FEED_MESSAGES_MAX),
      total: total + arrived.length,
      delayMs: Math.max(0, nowMs - newest.received_ms),
      heardMs: nowMs,
    });
  }

  #set(changed: Partial<FeedSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changed };
    for (const listener of this.#listeners) listener();
  }
}

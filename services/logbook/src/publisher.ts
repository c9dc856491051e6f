/** Publisher: signs checkpoints, takes them to the witnesses, and publishes one when enough have cosigned (PROTOCOL 11.1; docs/network.md). */
import { join } from 'node:path';
import { Ac1Error, ensure, equal } from '@countersign/bytes';
import { anchorPolicy, readIfThere, replaceFile, type ServiceContext, type TrustAnchor } from '@countersign/service';
import {
  createCheckpoint,
  deriveSignerKey,
  deriveVerifierKey,
  formatNote,
  LOG_KEY,
  parseNote,
  type SignerKey,
  type TreeHead,
  type UnverifiedNote,
  verifyCheckpoint,
  WITNESS_KEY,
} from '@countersign/tlog';
import type { LogBook } from './log-book.ts';
import { WitnessClient } from './witness-client.ts';

/** From an append to the signature: when nothing was signed lately, and otherwise from the signature before it. */
const IDLE_DELAY_MS = 50;
const PACE_MS = 100;
/** Cosignatures grow old (checkpoint_max_age_s): without new entries, the same size is cosigned again. */
const REFRESH_MS = 60_000;
const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 2_000;
const LONG_POLLS_MAX = 1_000;

export interface Published extends TreeHead {
  readonly note: Uint8Array;
}

export interface PublisherOptions {
  /** Exists; null keeps the checkpoint in memory. */
  readonly dir: string | null;
  readonly anchor: TrustAnchor;
  readonly keySeed: Uint8Array;
  readonly witnessUrls: readonly string[];
  /** Unix seconds. */
  readonly now: () => number;
  readonly log: ServiceContext['log'];
  readonly onFault: (error: unknown) => void;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #book: LogBook;
  readonly #key: SignerKey;
  readonly #witnesses: readonly WitnessClient[];
  readonly #ending = new AbortController();
  readonly #polls = new Set<{ readonly size: number; readonly wake: () => void }>();
  #published: Published | null;
  #lastSignedMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;
  #retryMs = RETRY_FIRST_MS;
  #failedRounds = 0;

  private constructor(options: PublisherOptions, book: LogBook, published: Published | null) {
    this.#options = options;
    this.#book = book;
    this.#published = published;
    this.#key = deriveSignerKey(options.anchor.log.origin, LOG_KEY, options.keySeed);
    const keys = options.anchor.witnesses.map(({ name, key }) => deriveVerifierKey(name, WITNESS_KEY, key));
    this.#witnesses = options.witnessUrls.map((url) => new WitnessClient(url, keys));
  }

  /** Goes on from the last published checkpoint. Throws `log.inconsistent` when the entries do not lead to it: some are lost. */
  static async open(options: PublisherOptions, book: LogBook): Promise<Publisher> {
    const note = options.dir === null ? null : await readIfThere(join(options.dir, 'checkpoint'));
    if (note === null) return new Publisher(options, book, null);
    const { size, root } = verifyCheckpoint(note, anchorPolicy(options.anchor, Number.POSITIVE_INFINITY), options.now());
    ensure(size <= book.size && equal(book.store.head(size).root, root), 'log.inconsistent');
    return new Publisher(options, book, { size, root, note });
  }

  get published(): Published | null {
    return this.#published;
  }

  /** Rounds in which too few witnesses answered, since the start. */
  get failedRounds(): number {
    return this.#failedRounds;
  }

  start(): void {
    this.#book.onAppended(() => this.#wake());
    if (this.#book.size > 0) this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
    for (const { wake } of this.#polls) wake();
  }

  /** The published checkpoint, as soon as it is larger than `after`, and at the latest after `waitMs`. */
  async waitFor(after: number, waitMs: number): Promise<Published | null> {
    const isThere = this.#published !== null && this.#published.size > after;
    if (isThere || this.#polls.size >= LONG_POLLS_MAX || this.#ending.signal.aborted) return this.#published;
    await new Promise<void>((resolve) => {
      const poll = { size: after, wake: resolve };
      this.#polls.add(poll);
      const timer = setTimeout(() => poll.wake(), waitMs);
      poll.wake = (): void => {
        clearTimeout(timer);
        this.#polls.delete(poll);
        resolve();
      };
    });
    return this.#published;
  }

  /** An append: sign soon, unless a round is under way, which looks again when it ends. */
  #wake(): void {
    if (this.#round !== null) return;
    const sinceMs = performance.now() - this.#lastSignedMs;
    this.#schedule(Math.max(IDLE_DELAY_MS, PACE_MS - sinceMs));
  }

  /** An earlier time wins. */
  #schedule(delayMs: number): void {
    if (this.#ending.signal.aborted) return;
    const atMs = performance.now() + delayMs;
    if (this.#timer !== null && this.#timerAtMs <= atMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#round = this.#runRound().finally(() => {
        this.#round = null;
      });
    }, delayMs);
  }

  #timerAtMs = 0;

  async #runRound(): Promise<void> {
    const isDone = await this.#publishHead().catch((error: unknown) => {
      this.#options.onFault(error);
      return false;
    });
    this.#round = null;
    if (isDone) {
      this.#retryMs = RETRY_FIRST_MS;
      if (this.#book.size > (this.#published?.size ?? 0)) this.#wake();
      else this.#schedule(REFRESH_MS);
    } else {
      this.#failedRounds += 1;
      this.#schedule(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MAX_MS);
    }
  }

  /** False when too few witnesses cosigned: appends go on, and the next round takes them along. */
  async #publishHead(): Promise<boolean> {
    const head = this.#book.store.head();
    this.#lastSignedMs = performance.now();
    const note = await this.#collect(head, createCheckpoint(head, this.#key));
    if (note === null) return false;
    if (head.size < (this.#published?.size ?? 0)) throw new Error('a published size never goes back');
    if (this.#options.dir !== null) await replaceFile(join(this.#options.dir, 'checkpoint'), note);
    this.#published = { ...head, note };
    for (const poll of [...this.#polls]) if (head.size > poll.size) poll.wake();
    return true;
  }

  /** Asks all witnesses at once; the note as soon as VerifyCheckpoint holds for it, or null when all have answered before that. */
  #collect(head: TreeHead, signed: Uint8Array): Promise<Uint8Array | null> {
    const { signal } = this.#ending;
    const proveConsistency = (oldSize: number): readonly Uint8Array[] => this.#book.store.proveConsistency(oldSize, head.size);
    const asked = this.#witnesses.filter(({ isBusy }) => !isBusy);
    return new Promise((resolve) => {
      let note: UnverifiedNote = parseNote(signed);
      let open = asked.length;
      const end = (): void => {
        open -= 1;
        if (open <= 0) resolve(null);
      };
      if (asked.length === 0) resolve(null);
      for (const witness of asked) {
        witness.cosign({ size: head.size, note: signed, proveConsistency }, signal).then(
          (cosigned) => {
            note = { text: note.text, signatures: [...note.signatures, ...cosigned.signatures.slice(1)] };
            const bytes = formatNote(note);
            if (this.#isWitnessed(bytes)) resolve(bytes);
            end();
          },
          (error: unknown) => {
            if (!signal.aborted)
              this.#options.log.warn({ witness: witness.url, reason: (error as Error).message }, 'no cosignature');
            end();
          },
        );
      }
    });
  }

  #isWitnessed(note: Uint8Array): boolean {
    try {
      verifyCheckpoint(note, anchorPolicy(this.#options.anchor), this.#options.now());
      return true;
    } catch (error) {
      if (error instanceof Ac1Error) return false;
      throw error;
    }
  }
}

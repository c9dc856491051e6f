/** The openings of territory statements, which a gateway is given as custodians are: it judges exclusions itself (PROTOCOL 4.3, 11.2). */
import { type Hash, openSealedOpening, refusalOf, type SealedOpening } from '@countersign/custody';
import { fetchOpenings, type LogMirror } from '@countersign/service';
import { AppError } from '@countersign/wire';

const POLL_MS = 500;
const WAITING_MAX = 100_000;

export interface OpeningsSource {
  /** Of the logbook's private port. */
  readonly url: string;
  /** H("AC1 key id", own signature key). */
  readonly keyId: Hash;
  readonly hpkeSecret: Uint8Array;
}

export class TerritoryOpenings {
  readonly #source: OpeningsSource;
  readonly #mirror: LogMirror;
  #cursor = 0n;
  /** For entries that the copy does not have yet. */
  #waiting: SealedOpening[] = [];

  constructor(source: OpeningsSource, mirror: LogMirror) {
    this.#source = source;
    this.#mirror = mirror;
  }

  /** Fetches what is new and gives it to the directory; an opening that does not fit its entry is passed over. */
  async pull(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const { openings, cursor } = await fetchOpenings(this.#source.url, this.#source.keyId, this.#cursor, signal);
      this.#waiting.push(...openings);
      const isEnd = cursor === this.#cursor;
      this.#cursor = cursor;
      this.#give();
      if (isEnd) return;
    }
  }

  /** Pulls until `signal` ends; an unreachable log is asked again. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.pull(signal);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
      await waitMs(POLL_MS, signal);
    }
  }

  #give(): void {
    const { size, directory } = this.#mirror;
    const early = this.#waiting.filter(({ index }) => index >= BigInt(size));
    for (const sealed of this.#waiting) {
      if (sealed.index >= BigInt(size)) continue;
      refusalOf(() => directory.addSecret(sealed.index, openSealedOpening(sealed, this.#source.hpkeSecret)));
    }
    this.#waiting = early.slice(-WAITING_MAX);
  }
}

/** Resolves after `delayMs`, or at once when `signal` ends. */
export function waitMs(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}

/** The openings that were handed to role 3 when each entry was made, so that nobody can prevent the disclosure (PROTOCOL 11.2). */
import { type Hash, openSealedOpening, refusalOf, type SealedOpening } from '@countersign/custody';
import { fetchOpenings, type LogMirror } from '@countersign/service';

const WAITING_MAX = 100_000;

export class SealedOpenings {
  readonly #url: string;
  readonly #recipient: Hash;
  readonly #hpkeSecret: Uint8Array;
  readonly #mirror: LogMirror;
  #cursor = 0n;
  /** For entries that the copy does not have yet. */
  #waiting: SealedOpening[] = [];

  /** `recipient` is H("AC1 key id", oversight key); `url` the logbook's private one. */
  constructor(url: string, recipient: Hash, hpkeSecret: Uint8Array, mirror: LogMirror) {
    this.#url = url;
    this.#recipient = recipient;
    this.#hpkeSecret = hpkeSecret;
    this.#mirror = mirror;
  }

  /** Fetches what is new and gives it to the directory, which checks each against its entry. */
  async pull(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { openings, cursor } = await fetchOpenings(this.#url, this.#recipient, this.#cursor, signal);
      this.#waiting.push(...openings);
      const isEnd = cursor === this.#cursor;
      this.#cursor = cursor;
      if (isEnd) break;
    }
    const { size, directory } = this.#mirror;
    const early = this.#waiting.filter(({ index }) => index >= BigInt(size));
    for (const sealed of this.#waiting) {
      if (sealed.index >= BigInt(size)) continue;
      refusalOf(() => directory.addSecret(sealed.index, openSealedOpening(sealed, this.#hpkeSecret)));
    }
    this.#waiting = early.slice(-WAITING_MAX);
  }
}

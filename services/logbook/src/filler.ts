/** Filler: an entry without content whenever none came for a while, so that the log grows at an even rate (PROTOCOL 11.2, type 24). */
import { toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import {
  commit,
  createLogEntry,
  EntryType,
  encodeSecretPayload,
  FILLER_BODY,
  hourOf,
  keyId,
  NO_PREVIOUS_ENTRY,
  SALT_BYTES,
  ZERO_HANDLE,
} from '@countersign/custody';
import type { ServiceContext } from '@countersign/service';
import type { LogBook } from './log-book.ts';

export interface FillerOptions {
  /** The log's key: it may append if the profile lists it among relay_keys, since filler needs an actor like every entry. */
  readonly seed: Uint8Array;
  readonly periodS: number;
  /** Unix seconds. */
  readonly now: () => number;
  readonly random: Random;
  readonly log: ServiceContext['log'];
}

export class Filler {
  readonly #options: FillerOptions;
  readonly #book: LogBook;
  #seenSize: number;
  #timer: NodeJS.Timeout | null = null;
  #wasRefused = false;

  constructor(options: FillerOptions, book: LogBook) {
    this.#options = options;
    this.#book = book;
    this.#seenSize = book.size;
  }

  start(): void {
    if (this.#options.periodS === 0) return;
    this.#timer = setInterval(() => void this.#tick(), 1000 * this.#options.periodS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    const isQuiet = this.#book.size === this.#seenSize;
    this.#seenSize = this.#book.size;
    if (!isQuiet || this.#book.size === 0) return;
    try {
      await this.#append();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'no filler');
    }
  }

  async #append(): Promise<void> {
    const { seed, now, random, log } = this.#options;
    const actor = toHex(keyId(crypto.ed25519PublicKey(seed)));
    const last = await this.#book.lastIndex(actor, toHex(ZERO_HANDLE));
    const commitment = commit(random(SALT_BYTES), encodeSecretPayload(EntryType.filler, FILLER_BODY));
    const entry = createLogEntry(
      {
        type: EntryType.filler,
        handle: ZERO_HANDLE,
        hour: hourOf(now()),
        noticeBy: 0n,
        prevIndex: last === null ? NO_PREVIOUS_ENTRY : BigInt(last),
        form: 1,
        commitment,
      },
      seed,
    );
    const [outcome] = await this.#book.append([entry]);
    if (outcome === undefined || 'index' in outcome) return;
    if (!this.#wasRefused)
      log.warn({ code: outcome.code }, 'no filler: the profile lists the key of the log among no relay_keys');
    this.#wasRefused = true;
  }
}

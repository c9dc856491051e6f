/**
 * Openings: what opens the entries of orders and territories, sealed to this custodian and fetched from the logbook as soon as they were
 * logged, so that it can judge orders and open their summaries at the date (PROTOCOL 11.2). Kept encrypted.
 *
 * Anybody on the services' network can post to the mailbox: what does not open, or does not open its entry, is passed over.
 */
import type { Random } from '@countersign/crypto';
import { crypto } from '@countersign/crypto';
import { acceptedOrNull, type EntrySecret, keyId, openSealedOpening, type SealedOpening } from '@countersign/custody';
import { fetchOpenings, type LogMirror, OPENINGS_PER_CALL_MAX } from '@countersign/service';
import { SealedRecords } from './sealed-records.ts';

/** An opening is at most 65,535 bytes, which in hex and with its names is twice that. */
const RECORD_BYTES_MAX = 140_000;
/** Openings of entries that the copy does not have yet. */
const EARLY_MAX = 10_000;

/** `cursor`: everything before it in the mailbox was taken in. */
type OpeningRecord =
  | { readonly index: bigint; readonly salt: Uint8Array; readonly payload: Uint8Array }
  | { readonly cursor: bigint };

export interface OpeningsOptions {
  readonly path: string;
  readonly fileKey: Uint8Array;
  readonly random: Random;
  readonly mirror: LogMirror;
  /** Of the logbook's private port. */
  readonly url: string;
  readonly sigSeed: Uint8Array;
  readonly hpkeSecret: Uint8Array;
}

export class Openings {
  readonly #options: OpeningsOptions;
  readonly #keyId: Uint8Array;
  readonly #early = new Map<bigint, EntrySecret>();
  #records: SealedRecords<OpeningRecord> | null = null;
  #cursor = 0n;
  #pulling: Promise<void> | null = null;

  private constructor(options: OpeningsOptions) {
    this.#options = options;
    this.#keyId = keyId(crypto.ed25519PublicKey(options.sigSeed));
  }

  static async open(options: OpeningsOptions): Promise<Openings> {
    const openings = new Openings(options);
    const { path, fileKey: key, random } = options;
    openings.#records = await SealedRecords.open<OpeningRecord>(
      { path, key, random, recordBytesMax: RECORD_BYTES_MAX },
      (record) => {
        if ('cursor' in record) openings.#cursor = record.cursor;
        else if (record.index < BigInt(options.mirror.size)) openings.#take(record.index, record);
        else openings.#early.set(record.index, record);
      },
    );
    return openings;
  }

  /** Takes in what the mailbox has; callers at the same time share one look. Throws `internal.unavailable` when it cannot be reached. */
  pull(signal?: AbortSignal): Promise<void> {
    this.#pulling ??= this.#pull(signal).finally(() => {
      this.#pulling = null;
    });
    return this.#pulling;
  }

  async close(): Promise<void> {
    await this.#pulling?.catch(() => undefined);
    await this.#records?.close();
  }

  async #pull(signal?: AbortSignal): Promise<void> {
    const { url } = this.#options;
    for (;;) {
      const { openings, cursor } = await fetchOpenings(url, this.#keyId, this.#cursor, signal);
      const taken = openings.flatMap((sealed) => this.#open(sealed));
      for (const [index, secret] of this.#early) taken.push(...this.#prove(index, secret));
      const isNews = cursor !== this.#cursor;
      this.#cursor = cursor;
      // While something is early the stored cursor stays behind it: after a crash it is fetched again.
      const records: OpeningRecord[] = this.#early.size === 0 && isNews ? [...taken, { cursor }] : taken;
      await this.#records?.append(records);
      if (openings.length < OPENINGS_PER_CALL_MAX) return;
    }
  }

  #open(sealed: SealedOpening): OpeningRecord[] {
    const opened = acceptedOrNull(() => openSealedOpening(sealed, this.#options.hpkeSecret));
    if (opened === null || this.#options.mirror.directory.secretOf(opened.index) !== null) return [];
    const secret = { salt: Uint8Array.from(opened.salt), payload: Uint8Array.from(opened.payload) };
    return this.#prove(opened.index, secret);
  }

  /** The record of an opening that opens its entry; nothing where it does not, or not yet. */
  #prove(index: bigint, secret: EntrySecret): OpeningRecord[] {
    const { mirror } = this.#options;
    if (index >= BigInt(mirror.size)) {
      if (this.#early.size < EARLY_MAX) this.#early.set(index, secret);
      return [];
    }
    this.#early.delete(index);
    return this.#take(index, secret) ? [{ index, ...secret }] : [];
  }

  /** Whether the directory accepts it: it has the entry and the secret opens it. */
  #take(index: bigint, { salt, payload }: EntrySecret): boolean {
    const { directory } = this.#options.mirror;
    if (directory.secretOf(index) !== null) return false;
    return acceptedOrNull(() => directory.addSecret(index, { salt, payload })) !== null;
  }
}

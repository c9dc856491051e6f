/** SealedRecords: a file of records that grows, each encrypted: openings name what orders contain, releases name grants (PROTOCOL 11.2). */
import { concat, fromUtf8, toUtf8, u32 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { openAppendFile, RecordFile } from '@countersign/service';
import { formatPlain, parsePlain } from './plain-data.ts';

const NONCE_BYTES = 12;

export interface SealedRecordsOptions {
  readonly path: string;
  readonly key: Uint8Array;
  readonly random: Random;
  readonly recordBytesMax: number;
}

export class SealedRecords<T> {
  readonly #options: SealedRecordsOptions;
  readonly #file: RecordFile;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(options: SealedRecordsOptions, file: RecordFile) {
    this.#options = options;
    this.#file = file;
  }

  /** Hands each stored record to `take`. Throws for a file that is damaged or of another key. */
  static async open<T>(options: SealedRecordsOptions, take: (record: T, index: number) => void): Promise<SealedRecords<T>> {
    const file = await openAppendFile(options.path);
    const records = RecordFile.open(file, options.recordBytesMax, (bytes, index) =>
      take(open<T>(options.key, bytes, index), index),
    );
    return new SealedRecords<T>(options, records);
  }

  read(index: number): T {
    return open<T>(this.#options.key, this.#file.read(index), index);
  }

  /** Resolves with the number of the first when all are durable. */
  append(items: readonly T[]): Promise<number> {
    const appended = this.#writing.then(async () => {
      const first = this.#file.count;
      if (items.length > 0) await this.#file.append(items.map((item, i) => this.#seal(item, first + i)));
      return first;
    });
    this.#writing = appended.catch(() => undefined);
    return appended;
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#file.close();
  }

  /** The place of a record is part of what is authenticated: records cannot change places. */
  #seal(item: T, index: number): Uint8Array {
    const nonce = this.#options.random(NONCE_BYTES);
    return concat(nonce, crypto.aesGcmSeal(this.#options.key, nonce, u32(index), fromUtf8(formatPlain(item))));
  }
}

function open<T>(key: Uint8Array, bytes: Uint8Array, index: number): T {
  const plain = crypto.aesGcmOpen(key, bytes.subarray(0, NONCE_BYTES), u32(index), bytes.subarray(NONCE_BYTES));
  const text = plain === null ? null : toUtf8(plain);
  if (text === null) throw new Error('a record is damaged or was written under another passphrase');
  return parsePlain<T>(text);
}

/** Records one behind the other in an append file, each with a checksum, so that a torn tail is seen and cut off (PROTOCOL 11.2, "appended"). */
import { concat, equal, u32 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import type { AppendFile } from './append-file.ts';

/** length (4) || first 8 bytes of SHA-256(record) || record. */
const CHECKSUM_BYTES = 8;
const HEAD_BYTES = 4 + CHECKSUM_BYTES;
const READ_BYTES = 1 << 20;

/** More than one write can leave behind: a fault that lies deeper is damage, which nobody may repair by cutting. */
const TORN_BYTES_MAX = 64 * 2 ** 20;

export class RecordFile {
  readonly #file: AppendFile;
  readonly #recordBytesMax: number;
  /** Offsets of the records: 8 bytes each. */
  #offsets = new Float64Array(1024);
  #count = 0;

  private constructor(file: AppendFile, recordBytesMax: number) {
    this.#file = file;
    this.#recordBytesMax = recordBytesMax;
  }

  /** Reads the file through, hands each record to `take`, and cuts a torn tail off. Throws for a file that is damaged. */
  static open(file: AppendFile, recordBytesMax: number, take: (record: Uint8Array, index: number) => void): RecordFile {
    const records = new RecordFile(file, recordBytesMax);
    const sizeBytes = file.sizeBytes;
    let at = 0;
    let window = new Uint8Array(0);
    let windowAt = 0;
    for (;;) {
      const needed = HEAD_BYTES + recordBytesMax;
      if (at + needed > windowAt + window.length && windowAt + window.length < sizeBytes) {
        window = Uint8Array.from(file.read(at, Math.min(Math.max(READ_BYTES, needed), sizeBytes - at)));
        windowAt = at;
      }
      const record = parseRecord(window.subarray(at - windowAt), recordBytesMax);
      if (record === null) break;
      take(record, records.#count);
      records.#push(at);
      at += HEAD_BYTES + record.length;
    }
    if (sizeBytes - at > TORN_BYTES_MAX) throw new Error('a file of records is damaged: it has to be restored from a copy');
    if (at < sizeBytes) file.truncate(at);
    return records;
  }

  get count(): number {
    return this.#count;
  }

  /** RangeError beyond the last. */
  read(index: number): Uint8Array {
    if (!(index >= 0 && index < this.#count)) throw new RangeError(`there is no record ${index}`);
    const offset = this.#offsets[index] as number;
    const end = index + 1 < this.#count ? (this.#offsets[index + 1] as number) : this.#file.sizeBytes;
    return this.#file.read(offset + HEAD_BYTES, end - offset - HEAD_BYTES);
  }

  /** Resolves when all are durable. One call at a time. */
  async append(records: readonly Uint8Array[]): Promise<void> {
    const start = this.#file.sizeBytes;
    const parts = records.map((record) => {
      if (record.length === 0 || record.length > this.#recordBytesMax) throw new RangeError('a record of that length');
      return concat(u32(record.length), checksum(record), record);
    });
    await this.#file.append(concat(...parts));
    let at = start;
    for (const part of parts) {
      this.#push(at);
      at += part.length;
    }
  }

  /** Keeps the first `count` records. */
  truncate(count: number): void {
    if (count >= this.#count) return;
    this.#file.truncate(this.#offsets[count] as number);
    this.#count = count;
  }

  close(): void {
    this.#file.close();
  }

  #push(offset: number): void {
    if (this.#count === this.#offsets.length) {
      const grown = new Float64Array(2 * this.#count);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[this.#count] = offset;
    this.#count += 1;
  }
}

function checksum(record: Uint8Array): Uint8Array {
  return crypto.sha256(record).subarray(0, CHECKSUM_BYTES);
}

/** The first record of `bytes`, or null where there is no whole one. */
function parseRecord(bytes: Uint8Array, recordBytesMax: number): Uint8Array | null {
  if (bytes.length < HEAD_BYTES) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (length === 0 || length > recordBytesMax || HEAD_BYTES + length > bytes.length) return null;
  const record = bytes.subarray(HEAD_BYTES, HEAD_BYTES + length);
  return equal(checksum(record), bytes.subarray(4, HEAD_BYTES)) ? record : null;
}

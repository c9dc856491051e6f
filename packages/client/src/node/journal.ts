/**
 * The file of a store: a header, then one sealed record for each commit. A record is in the file whole or not at all: a torn last one
 * (the process was killed while it wrote) is cut off at opening, and was never acknowledged.
 *
 *   header = "CSTORE1\n" || file_id (32, random)
 *   record = uint32 length || nonce (12, random) || AES-256-GCM(file key, nonce, aad = uint64 number, writes)
 *
 * file key = HKDF-Expand(key, "countersign store" || 0x00 || file_id); numbers count from 0, so records cannot be moved or left out.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { concat, decode, encode, fromUtf8, labelBytes, list, opaque, struct, toUtf8, u32, u64, uint8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import type { Write } from '../port/store.ts';
import { StoreError } from './error.ts';

const MAGIC = fromUtf8('CSTORE1\n');
const FILE_ID_BYTES = 32;
const HEADER_BYTES = 8 + FILE_ID_BYTES;
const LENGTH_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const RECORD_BYTES_MAX = 2 ** 31;

const writesCodec = list(
  struct({ table: opaque(1, 255), key: opaque(0, 65_535), present: uint8, value: opaque(0, 2 ** 31) }),
  0,
  RECORD_BYTES_MAX,
);

export class Journal {
  readonly #file: FileHandle;
  readonly #key: Uint8Array;
  readonly #random: Random;
  #number: bigint;
  #bytes: number;

  private constructor(file: FileHandle, key: Uint8Array, random: Random, number: bigint, bytes: number) {
    this.#file = file;
    this.#key = key;
    this.#random = random;
    this.#number = number;
    this.#bytes = bytes;
  }

  /** A new file; it is durable under its name once the caller has synced the folder. */
  static async create(path: string, key: Uint8Array, random: Random): Promise<Journal> {
    const fileId = random(FILE_ID_BYTES);
    const file = await open(path, 'w+', 0o600);
    await file.write(concat(MAGIC, fileId), 0, HEADER_BYTES, 0);
    const journal = new Journal(file, fileKey(key, fileId), random, 0n, HEADER_BYTES);
    await journal.append([]); // by which a wrong key is told from a damaged file
    return journal;
  }

  /** Reads every record into `apply`. `store.key_wrong` if the first does not open, `store.damaged` for a fault before the last. */
  static async open(path: string, key: Uint8Array, random: Random, apply: (writes: Write[]) => void): Promise<Journal> {
    const file = await open(path, 'r+');
    try {
      const content = new Uint8Array(await file.readFile());
      if (content.length < HEADER_BYTES || MAGIC.some((byte, i) => byte !== content[i])) throw new StoreError('store.damaged');
      const sealing = fileKey(key, content.subarray(8, HEADER_BYTES));
      const { number, end } = replay(content, sealing, apply);
      if (end < content.length) await file.truncate(end);
      await file.datasync();
      return new Journal(file, sealing, random, number, end);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** On disk when the promise resolves. After a rejection the journal must not be used again. */
  async append(writes: readonly Write[]): Promise<void> {
    const nonce = this.#random(NONCE_BYTES);
    const sealed = crypto.aesGcmSeal(this.#key, nonce, u64(this.#number), encodeWrites(writes));
    const record = concat(u32(NONCE_BYTES + sealed.length), nonce, sealed);
    let written = 0;
    while (written < record.length) {
      const { bytesWritten } = await this.#file.write(record, written, record.length - written, this.#bytes + written);
      written += bytesWritten;
    }
    await this.#file.datasync();
    this.#bytes += record.length;
    this.#number += 1n;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function fileKey(key: Uint8Array, fileId: Uint8Array): Uint8Array {
  return crypto.hkdfExpand(key, concat(labelBytes('countersign store'), fileId), 32);
}

function replay(
  content: Uint8Array,
  key: Uint8Array,
  apply: (writes: Write[]) => void,
): { readonly number: bigint; readonly end: number } {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  let at = HEADER_BYTES;
  for (let number = 0n; ; number += 1n) {
    if (content.length - at < LENGTH_BYTES) return endOf(number, at);
    const start = at + LENGTH_BYTES;
    const end = start + view.getUint32(at);
    const sealed = content.subarray(start + NONCE_BYTES, end);
    const isWhole = end <= content.length && sealed.length >= TAG_BYTES;
    const opened = isWhole ? crypto.aesGcmOpen(key, content.subarray(start, start + NONCE_BYTES), u64(number), sealed) : null;
    if (opened === null) {
      if (number === 0n && isWhole) throw new StoreError('store.key_wrong');
      // Only the end of the file can be torn.
      if (isWhole && end < content.length) throw new StoreError('store.damaged');
      return endOf(number, at);
    }
    apply(decodeWrites(opened));
    at = end;
  }
}

function endOf(number: bigint, end: number): { readonly number: bigint; readonly end: number } {
  if (number === 0n) throw new StoreError('store.damaged');
  return { number, end };
}

function encodeWrites(writes: readonly Write[]): Uint8Array {
  return encode(
    writesCodec,
    writes.map(({ table, key, value }) => ({
      table: fromUtf8(table),
      key: fromUtf8(key),
      present: value === null ? 0 : 1,
      value: value ?? new Uint8Array(0),
    })),
  );
}

function decodeWrites(bytes: Uint8Array): Write[] {
  return decode(writesCodec, bytes).map(({ table, key, present, value }) => ({
    table: toUtf8(table) ?? '',
    key: toUtf8(key) ?? '',
    value: present === 0 ? null : value.slice(),
  }));
}

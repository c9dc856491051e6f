/** A file that only grows, on disk or in memory: what the log, its copies and the openings mailbox are stored in. */
import { closeSync, constants, fdatasync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, write } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { syncDirectory } from './durable-file.ts';

const writeAt = promisify(write);
const syncData = promisify(fdatasync);

export interface AppendFile {
  readonly sizeBytes: number;
  /** `length` bytes at `offset`; RangeError where the file is shorter. */
  read(offset: number, length: number): Uint8Array;
  /** One write and one fdatasync; resolves when the bytes are durable. One call at a time. */
  append(bytes: Uint8Array): Promise<void>;
  /** Cuts off what stands behind `sizeBytes`, durably. */
  truncate(sizeBytes: number): void;
  close(): void;
}

/** `path` null: in memory, for tests and for processes that keep nothing. */
export async function openAppendFile(path: string | null): Promise<AppendFile> {
  if (path === null) return new MemoryFile();
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  await syncDirectory(dirname(path));
  return new DiskFile(fd);
}

class DiskFile implements AppendFile {
  readonly #fd: number;
  #sizeBytes: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.#sizeBytes = fstatSync(fd).size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(this.#fd, bytes, done, length - done, offset + done);
      if (count === 0) throw new RangeError('the file is shorter');
      done += count;
    }
    return bytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await writeAt(this.#fd, bytes, done, bytes.length - done, this.#sizeBytes + done);
      done += bytesWritten;
    }
    await syncData(this.#fd);
    this.#sizeBytes += bytes.length;
  }

  truncate(sizeBytes: number): void {
    ftruncateSync(this.#fd, sizeBytes);
    fsyncSync(this.#fd);
    this.#sizeBytes = sizeBytes;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

class MemoryFile implements AppendFile {
  #bytes = new Uint8Array(1 << 16);
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  read(offset: number, length: number): Uint8Array {
    if (offset + length > this.#sizeBytes) throw new RangeError('the file is shorter');
    return this.#bytes.slice(offset, offset + length);
  }

  async append(bytes: Uint8Array): Promise<void> {
    const needed = this.#sizeBytes + bytes.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(2 * needed);
      grown.set(this.#bytes.subarray(0, this.#sizeBytes));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#sizeBytes);
    this.#sizeBytes = needed;
  }

  truncate(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
  }

  close(): void {
    this.#bytes = new Uint8Array(0);
  }
}

/** A cursor over bytes from outside; running off the end is `decode.truncated` (PROTOCOL 3). */
import { Ac1Error } from './error.ts';

export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next `length` bytes, sharing memory with the input. */
  take(length: number): Uint8Array {
    if (length > this.remaining) throw new Ac1Error('decode.truncated');
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  /** What was read from `offset` on. */
  since(offset: number): Uint8Array {
    return this.#bytes.subarray(offset, this.#offset);
  }

  uint(size: 1 | 2 | 3 | 4): number {
    let value = 0;
    for (const byte of this.take(size)) value = value * 256 + byte;
    return value;
  }

  uint64(): bigint {
    const high = this.uint(4);
    return (BigInt(high) << 32n) | BigInt(this.uint(4));
  }
}

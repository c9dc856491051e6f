/** Collects an encoding. Values come from us, so one out of range is a RangeError. */
const INITIAL_CAPACITY_BYTES = 256;

export class Writer {
  #buffer = new Uint8Array(INITIAL_CAPACITY_BYTES);
  #length = 0;

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  uint(size: 1 | 2 | 3 | 4, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size))
      throw new RangeError(`${value} does not fit ${size} bytes`);
    this.#reserve(size);
    for (let i = size - 1; i >= 0; i--) this.#buffer[this.#length++] = Math.floor(value / 2 ** (8 * i)) & 0xff;
  }

  uint64(value: bigint): void {
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`${value} does not fit 8 bytes`);
    this.uint(4, Number(value >> 32n));
    this.uint(4, Number(value & 0xffffffffn));
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#buffer.length, this.#length + more));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** Lines of JSON out of a stream of bytes that breaks them anywhere. */

/** A longer line is none of the gateway's. */
export const LINE_LETTERS_MAX = 1_000_000;

export class NdjsonDecoder {
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  #rest = '';

  /** The lines that these bytes completed. Throws on another encoding, on what is no JSON, and on a line that is too long. */
  push(bytes: Uint8Array): unknown[] {
    const lines = (this.#rest + this.#utf8.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LINE_LETTERS_MAX) throw new RangeError('line too long');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
  }
}

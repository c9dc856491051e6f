/** Sealed openings, kept for their recipients; what is inside is not the logbook's to know (PROTOCOL 11.2; contracts/log.proto). */
import { join } from 'node:path';
import { concat, toHex } from '@countersign/bytes';
import { openAppendFile, RecordFile } from '@countersign/service';
import { AppError } from '@countersign/wire';

const KEY_ID_BYTES = 32;
/** A SealedOpening: index, point, and a vector of at most 65,535 bytes with its length. */
const SEALED_BYTES_MAX = 8 + 65 + 2 + 65_535;
const RECIPIENTS_MAX = 1_000;
const PAGE_ITEMS_MAX = 1_000;
const PAGE_BYTES_MAX = 16 * 2 ** 20;

export interface PostedOpening {
  readonly recipientKeyId: Uint8Array;
  readonly sealedOpening: Uint8Array;
}

export class OpeningsBox {
  readonly #records: RecordFile;
  /** By recipient in hex: numbers of records, ascending. */
  readonly #byRecipient: Map<string, number[]>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(records: RecordFile, byRecipient: Map<string, number[]>) {
    this.#records = records;
    this.#byRecipient = byRecipient;
  }

  static async open(dir: string | null): Promise<OpeningsBox> {
    const byRecipient = new Map<string, number[]>();
    const file = await openAppendFile(dir === null ? null : join(dir, 'openings'));
    const records = RecordFile.open(file, KEY_ID_BYTES + SEALED_BYTES_MAX, (record, number) => note(byRecipient, record, number));
    return new OpeningsBox(records, byRecipient);
  }

  get count(): number {
    return this.#records.count;
  }

  /** Resolves when all are durable. `input.malformed` for a key id or an opening of an impossible length. */
  async post(openings: readonly PostedOpening[]): Promise<void> {
    const strangers = new Set<string>();
    for (const { recipientKeyId, sealedOpening } of openings) {
      if (recipientKeyId.length !== KEY_ID_BYTES) throw new AppError('input.malformed', 'recipient_key_id');
      if (sealedOpening.length === 0 || sealedOpening.length > SEALED_BYTES_MAX)
        throw new AppError('input.malformed', 'sealed_opening');
      if (!this.#byRecipient.has(toHex(recipientKeyId))) strangers.add(toHex(recipientKeyId));
    }
    if (this.#byRecipient.size + strangers.size > RECIPIENTS_MAX) throw new AppError('limit.items', 'recipients of openings');
    const turn = this.#writing.then(() => this.#write(openings));
    this.#writing = turn.catch(() => {});
    await turn;
  }

  /** Those posted for `recipient` (hex) from record `after` on, and the cursor behind them. */
  page(recipient: string, after: number): { readonly openings: Uint8Array[]; readonly cursor: number } {
    const openings: Uint8Array[] = [];
    let bytes = 0;
    let cursor = after;
    for (const number of numbersFrom(this.#byRecipient.get(recipient) ?? [], after)) {
      const sealed = this.#records.read(number).subarray(KEY_ID_BYTES);
      bytes += sealed.length;
      if (openings.length > 0 && (openings.length === PAGE_ITEMS_MAX || bytes > PAGE_BYTES_MAX)) break;
      openings.push(sealed);
      cursor = number + 1;
    }
    return { openings, cursor };
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#records.close();
  }

  async #write(openings: readonly PostedOpening[]): Promise<void> {
    const first = this.#records.count;
    const records = openings.map(({ recipientKeyId, sealedOpening }) => concat(recipientKeyId, sealedOpening));
    await this.#records.append(records);
    for (const [i, record] of records.entries()) note(this.#byRecipient, record, first + i);
  }
}

function note(byRecipient: Map<string, number[]>, record: Uint8Array, number: number): void {
  const recipient = toHex(record.subarray(0, KEY_ID_BYTES));
  const numbers = byRecipient.get(recipient) ?? [];
  numbers.push(number);
  byRecipient.set(recipient, numbers);
}

/** The ascending numbers from `after` on, found by halving. */
function numbersFrom(numbers: readonly number[], after: number): readonly number[] {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((numbers[middle] as number) < after) low = middle + 1;
    else high = middle;
  }
  return numbers.slice(low, low + PAGE_ITEMS_MAX);
}

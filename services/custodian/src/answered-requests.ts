/** AnsweredRequests: the releases made for each request, stored before they are logged: one request, one answer (PROTOCOL 11.3 step 5). */
import { toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { Handle, Hash } from '@countersign/custody';
import { SealedRecords } from './sealed-records.ts';

/** 1,024 releases of at most 400 bytes, in hex. */
const RECORD_BYTES_MAX = 2 * 2 ** 20;

/** The releases, and what their type 15 entry commits with: whoever crashes while it appends can find the entry again, and open it. */
export interface RequestAnswer {
  readonly requestId: Uint8Array;
  /** H("AC1 object", ReleaseRequest). */
  readonly requestHash: Hash;
  /** Encoded, in the order of the request. */
  readonly releases: readonly Uint8Array[];
  readonly handle: Handle;
  readonly notifyBy: bigint;
  readonly salt: Uint8Array;
}

/** The entry is in the log and its opening is with its recipients. */
interface LoggedAnswer {
  readonly requestId: Uint8Array;
  readonly releaseIndex: bigint;
}

interface Known {
  readonly requestHash: Hash;
  readonly record: number;
  readonly releaseIndex: bigint | null;
}

export class AnsweredRequests {
  /** By request id in hex. */
  readonly #known = new Map<string, Known>();
  #records: SealedRecords<RequestAnswer | LoggedAnswer> | null = null;

  private constructor() {}

  static async open(options: {
    readonly path: string;
    readonly key: Uint8Array;
    readonly random: Random;
  }): Promise<AnsweredRequests> {
    const answered = new AnsweredRequests();
    answered.#records = await SealedRecords.open<RequestAnswer | LoggedAnswer>(
      { ...options, recordBytesMax: RECORD_BYTES_MAX },
      (record, index) => answered.#learn(record, index),
    );
    return answered;
  }

  /** Hash of the request that was answered under the id, or null. */
  hashOf(requestId: Uint8Array): Hash | null {
    return this.#known.get(toHex(requestId))?.requestHash ?? null;
  }

  /** The stored answer and the index of its type 15 entry, null while that is not known to be logged. RangeError for an unknown id. */
  read(requestId: Uint8Array): { readonly answer: RequestAnswer; readonly releaseIndex: bigint | null } {
    const known = this.#known.get(toHex(requestId));
    if (known === undefined || this.#records === null) throw new RangeError('that request was not answered');
    return { answer: this.#records.read(known.record) as RequestAnswer, releaseIndex: known.releaseIndex };
  }

  /** Resolves when it is durable. */
  async store(answer: RequestAnswer): Promise<void> {
    await this.#append(answer);
  }

  async storeLogged(requestId: Uint8Array, releaseIndex: bigint): Promise<void> {
    await this.#append({ requestId, releaseIndex });
  }

  async close(): Promise<void> {
    await this.#records?.close();
  }

  async #append(record: RequestAnswer | LoggedAnswer): Promise<void> {
    if (this.#records === null) return;
    this.#learn(record, await this.#records.append([record]));
  }

  #learn(record: RequestAnswer | LoggedAnswer, index: number): void {
    const id = toHex(record.requestId);
    if ('releases' in record) {
      this.#known.set(id, { requestHash: record.requestHash, record: index, releaseIndex: null });
      return;
    }
    const known = this.#known.get(id);
    if (known !== undefined) this.#known.set(id, { ...known, releaseIndex: record.releaseIndex });
  }
}

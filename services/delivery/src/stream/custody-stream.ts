/** The custody stream to a gateway: every batch in number order, at most 64 ahead of what it has stored (contracts/custody_stream.proto). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Ac1Error } from '@countersign/bytes';
import type { Sql } from '@countersign/db';
import { AppError, custodyFrames as frames } from '@countersign/wire';
import type { RawData, WebSocket } from 'ws';
import type { Grants } from '../directory/grants.ts';

const BATCHES_AHEAD_MAX = 64n;
const CLOSE_REFUSED = 1008;

export interface CustodyStreamOptions {
  readonly sql: Sql;
  readonly grants: Grants;
  /** Whether the gateway's certificate still holds. */
  readonly isEntitled: () => boolean;
  readonly onError: (error: unknown) => void;
}

export class CustodyStream {
  readonly #socket: WebSocket;
  readonly #options: CustodyStreamOptions;
  /** The next batch to send; null before Follow. */
  #next: bigint | null = null;
  #stored = 0n;
  #isPumping = false;
  #isWoken = false;
  #answering: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, options: CustodyStreamOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (data) => this.#take(data));
  }

  /** A batch may be in the log that was not. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isPumping || this.#next === null) return;
    this.#isPumping = true;
    this.#pump()
      .catch((error: unknown) => this.#refuse(error))
      .finally(() => {
        this.#isPumping = false;
        if (this.#isWoken && this.#isOpen) this.wake();
      });
  }

  close(): void {
    this.#socket.close(1001, 'going away');
  }

  #take(data: RawData): void {
    try {
      this.#obey(parseFrame(data));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #obey(frame: frames.GatewayFrame['frame']): void {
    switch (frame.case) {
      case 'follow':
        if (this.#next !== null) throw new AppError('frame.unexpected');
        // Batches are numbered from 1.
        this.#next = frame.value.fromBatch === 0n ? 1n : frame.value.fromBatch;
        this.#stored = this.#next - 1n;
        this.wake();
        break;
      case 'progress':
        if (frame.value.batch > this.#stored) this.#stored = frame.value.batch;
        this.wake();
        break;
      case 'fetchScopes':
        this.#answering = this.#answering.then(() => this.#answerScopes(frame.value.grantIds));
        break;
      case undefined:
        throw new AppError('frame.malformed');
    }
  }

  /** In the order of the questions. */
  async #answerScopes(grantIds: readonly Uint8Array[]): Promise<void> {
    try {
      if (!this.#options.isEntitled()) throw new AppError('session.proof_invalid');
      await this.#sent({ case: 'scopes', value: await this.#options.grants.scopes(grantIds) });
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #pump(): Promise<void> {
    this.#isWoken = false;
    while (this.#next !== null && this.#next <= this.#stored + BATCHES_AHEAD_MAX && this.#isOpen) {
      if (!this.#options.isEntitled()) throw new AppError('session.proof_invalid');
      const batch = await this.#read(this.#next);
      if (batch === null) return;
      this.#next += 1n;
      await this.#sent({ case: 'batch', value: batch });
    }
  }

  /** Null when it is not in the log yet. */
  async #read(number: bigint): Promise<frames.Batch | null> {
    const { sql } = this.#options;
    const [row] = await sql<{ log_index: bigint; entry: Buffer; salt: Buffer; payload: Buffer }[]>`
      select log_index, entry, salt, payload from envelope_batch where batch = ${number} and log_index is not null`;
    if (row === undefined) return null;
    const rows = await sql<{ env_hash: Buffer; envelope: Buffer; stamp: Buffer }[]>`
      select env_hash, envelope, stamp from envelope where batch = ${number} order by position`;
    return create(frames.BatchSchema, {
      batch: number,
      logIndex: row.log_index,
      entry: row.entry,
      salt: row.salt,
      payload: row.payload,
      envHashes: rows.map(({ env_hash }) => env_hash),
      envelopes: rows.map(({ envelope, stamp }) => ({ envelope, stamp })),
    });
  }

  #refuse(error: unknown): void {
    const isOurs = error instanceof Ac1Error || error instanceof AppError;
    if (!isOurs) this.#options.onError(error);
    this.#send({ case: 'refusal', value: isOurs ? error.code : 'internal.unknown' });
    this.#socket.close(CLOSE_REFUSED);
  }

  #send(frame: frames.StreamFrame['frame']): void {
    this.#sent(frame).catch(this.#options.onError);
  }

  /** Resolves when the bytes are on their way, so that a slow gateway is not buried. */
  #sent(frame: frames.StreamFrame['frame']): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    const bytes = toBinary(frames.StreamFrameSchema, create(frames.StreamFrameSchema, { frame }));
    return new Promise((resolve) => this.#socket.send(bytes, () => resolve()));
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}

function parseFrame(data: RawData): frames.GatewayFrame['frame'] {
  try {
    return fromBinary(frames.GatewayFrameSchema, data as Buffer).frame;
  } catch (cause) {
    throw new AppError('frame.malformed', undefined, { cause });
  }
}

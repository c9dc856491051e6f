/** The custody stream as its follower sees it: a WebSocket to delivery, opened with the gateway's session proof (contracts/custody_stream.proto). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AppError, custodyFrames, isAppCode } from '@countersign/wire';
import { type RawData, WebSocket } from 'ws';

const FRAME_BYTES_MAX = 64 * 2 ** 20;
const OPEN_MAX_MS = 10_000;
const ANSWER_MAX_MS = 15_000;
/** Silence longer than this ends the connection: pings keep a live one from being silent. */
const PING_MS = 10_000;

export interface StreamHandlers {
  /** Called one after the other, in order. A rejection ends the stream with that error. */
  readonly onBatch: (batch: custodyFrames.Batch) => Promise<void>;
}

interface Asked {
  readonly resolve: (scopes: custodyFrames.ScopeShown[]) => void;
  readonly reject: (error: unknown) => void;
}

export class CustodyStream {
  readonly #socket: WebSocket;
  readonly #handlers: StreamHandlers;
  readonly #asked: Asked[] = [];
  #work: Promise<void> = Promise.resolve();
  #error: unknown = null;
  #isAlive = true;
  /** Resolves when the stream has ended and nothing of it is worked on any more; rejects with what ended it. */
  readonly ended: Promise<void>;

  private constructor(socket: WebSocket, handlers: StreamHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    const ping = setInterval(() => this.#ping(), PING_MS);
    this.ended = new Promise((resolve, reject) => {
      socket.on('close', () => {
        clearInterval(ping);
        this.#fail(new AppError('internal.unavailable'));
        void this.#work.then(() => (this.#error === null ? resolve() : reject(this.#error)));
      });
    });
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
  }

  /** Resolves when the upgrade succeeded; `session.proof_invalid` when delivery refused the proof, else `internal.unavailable`. */
  static async open(url: string, proof: Uint8Array, fromBatch: bigint, handlers: StreamHandlers): Promise<CustodyStream> {
    const socket = new WebSocket(url, ['countersign.v1', Buffer.from(proof).toString('base64url')], {
      perMessageDeflate: false,
      maxPayload: FRAME_BYTES_MAX,
      handshakeTimeout: OPEN_MAX_MS,
    });
    const stream = new CustodyStream(socket, handlers);
    stream.ended.catch(() => {}); // told by the rejection below, or to whoever awaits it
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', (cause) => reject(new AppError('internal.unavailable', undefined, { cause })));
      socket.once('unexpected-response', (_request, response) => {
        socket.terminate();
        reject(new AppError(response.statusCode === 401 ? 'session.proof_invalid' : 'internal.unavailable'));
      });
    });
    stream.#send({ case: 'follow', value: create(custodyFrames.FollowSchema, { fromBatch }) });
    return stream;
  }

  /** Everything up to `batch` is stored. */
  acknowledge(batch: bigint): void {
    this.#send({ case: 'progress', value: create(custodyFrames.ProgressSchema, { batch }) });
  }

  /** What delivery knows of these grants; answered in the order of the questions. */
  fetchScopes(grantIds: readonly Uint8Array[]): Promise<custodyFrames.ScopeShown[]> {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) return reject(new AppError('internal.unavailable'));
      const timer = setTimeout(() => this.#socket.terminate(), ANSWER_MAX_MS);
      const settle =
        <T>(done: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          done(value);
        };
      this.#asked.push({ resolve: settle(resolve), reject: settle(reject) });
      this.#send({ case: 'fetchScopes', value: create(custodyFrames.FetchScopesSchema, { grantIds: [...grantIds] }) });
    });
  }

  close(): void {
    this.#socket.close();
  }

  #receive(data: RawData, isBinary: boolean): void {
    try {
      if (!isBinary) throw new TypeError('a text frame');
      this.#take(fromBinary(custodyFrames.StreamFrameSchema, data as Uint8Array).frame);
    } catch (cause) {
      this.#end(new AppError('frame.malformed', undefined, { cause }));
    }
  }

  #take(frame: custodyFrames.StreamFrame['frame']): void {
    if (frame.case === 'scopes') this.#asked.shift()?.resolve(frame.value.scopes);
    if (frame.case === 'refusal') this.#end(new AppError(isAppCode(frame.value) ? frame.value : 'internal.unknown'));
    if (frame.case === 'batch') this.#takeBatch(frame.value);
  }

  #takeBatch(batch: custodyFrames.Batch): void {
    this.#work = this.#work.then(async () => {
      if (this.#error !== null) return;
      await this.#handlers.onBatch(batch).catch((error: unknown) => this.#end(error));
    });
  }

  #end(error: unknown): void {
    this.#error ??= error;
    this.#fail(error);
    this.#socket.terminate();
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#asked.splice(0)) reject(error);
  }

  #ping(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  #send(frame: Exclude<custodyFrames.GatewayFrame['frame'], { case: undefined }>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(toBinary(custodyFrames.GatewayFrameSchema, create(custodyFrames.GatewayFrameSchema, { frame })));
  }
}

/** Calls over a link: each request gets the frame of its number or fails with the code that the service named. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Ac1Error, isAc1Code } from '@countersign/bytes';
import { AppError, deliveryFrames, isAppCode } from '@countersign/wire';
import type { Clock } from '../port/clock.ts';
import type { Link } from '../port/transport.ts';

export type Request = deliveryFrames.ClientFrame['request'];
export type Answer = deliveryFrames.ServerFrame['body'];
type Case<T extends NonNullable<Answer['case']>> = Extract<Answer, { case: T }>['value'];

/** FetchRoster waits two seconds at the service; nothing takes longer than this on a line that is alive. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Calls under way at once. */
const PENDING_MAX = 256;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimeout: () => void;
}

export class Session {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #push: (body: Answer) => void;
  readonly #pending = new Map<bigint, Pending>();
  #nextId = 1n;
  #isOpen = true;

  /** `push` gets the frames that answer nothing, in order. */
  constructor(link: Link, clock: Clock, push: (body: Answer) => void) {
    this.#link = link;
    this.#clock = clock;
    this.#push = push;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The answer of kind `expected`; a refusal is an Ac1Error or AppError, a lost line `internal.unavailable`. */
  async call<T extends NonNullable<Answer['case']>>(request: Request, expected: T): Promise<Case<T>> {
    const answer = await this.#ask(request);
    if (answer.case === 'refusal') throw refusalError(answer.value);
    if (answer.case !== expected) throw new AppError('frame.unexpected');
    return answer.value as Case<T>;
  }

  #ask(request: Request): Promise<Answer> {
    if (!this.#isOpen) return Promise.reject(new AppError('internal.unavailable'));
    if (this.#pending.size >= PENDING_MAX) return Promise.reject(new AppError('limit.items'));
    const requestId = this.#nextId++;
    const { ClientFrameSchema } = deliveryFrames;
    const frame = toBinary(ClientFrameSchema, create(ClientFrameSchema, { requestId, request }));
    return new Promise((resolve, reject) => {
      // Silence for so long is a dead line.
      const cancelTimeout = this.#clock.after(ANSWER_TIMEOUT_MS, () => this.close());
      this.#pending.set(requestId, { resolve, reject, cancelTimeout });
      this.#link.send(frame);
    });
  }

  /** A frame that arrived; one that is no ServerFrame ends the session. */
  receive(bytes: Uint8Array): void {
    let frame: deliveryFrames.ServerFrame;
    try {
      frame = fromBinary(deliveryFrames.ServerFrameSchema, bytes);
    } catch {
      this.close();
      return;
    }
    if (frame.requestId === 0n) {
      this.#push(frame.body);
      return;
    }
    const pending = this.#pending.get(frame.requestId);
    if (pending === undefined) return; // answered twice
    this.#pending.delete(frame.requestId);
    pending.cancelTimeout();
    pending.resolve(frame.body);
  }

  close(): void {
    if (this.#isOpen) this.#link.close();
    this.ended();
  }

  /** The line is gone: every call under way fails, and may have been carried out. */
  ended(): void {
    this.#isOpen = false;
    for (const { reject, cancelTimeout } of this.#pending.values()) {
      cancelTimeout();
      reject(new AppError('internal.unavailable'));
    }
    this.#pending.clear();
  }
}

/** A code outside both closed lists is `internal.unknown` (PROTOCOL 18). */
function refusalError({ code, retryAfterMs }: { readonly code: string; readonly retryAfterMs: number }): Error {
  if (isAc1Code(code)) return new Ac1Error(code);
  return isAppCode(code) ? new AppError(code, undefined, { retryAfterMs }) : new AppError('internal.unknown');
}

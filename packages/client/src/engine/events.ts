/** What the application is told, once it is stored. */
import type { ConnectionState } from '../session/connection.ts';
import type { MessageRecord } from '../store/tables.ts';

export type ClientEvent =
  /** A new row, or one that changed: sent, opened, edited, receipts. */
  | { readonly type: 'message'; readonly message: MessageRecord; readonly isNew: boolean }
  /** An own message that the relay has taken: on disk and in custody. */
  | { readonly type: 'sent'; readonly id: string; readonly conversation: string }
  /** An own message that was given up; `retry` takes it up again. */
  | { readonly type: 'failed'; readonly id: string; readonly conversation: string; readonly code: string }
  | { readonly type: 'refused'; readonly message: MessageRecord }
  | { readonly type: 'gap'; readonly message: MessageRecord }
  /** Members, name, status or anything else but its messages. */
  | { readonly type: 'conversation'; readonly id: string }
  | { readonly type: 'connection'; readonly state: ConnectionState; readonly code: string | null }
  /** Profile, policy or devices. */
  | { readonly type: 'network' }
  /** Other custodians, or another key: to be shown to the member (PROTOCOL 4). */
  | { readonly type: 'custody' }
  | { readonly type: 'typing'; readonly conversation: string; readonly account: string }
  /** This device was revoked. */
  | { readonly type: 'revoked' }
  /** A bug or a damaged store; the engine goes on without what failed. */
  | { readonly type: 'fault'; readonly error: unknown };

type EventOf<T extends ClientEvent['type']> = Extract<ClientEvent, { type: T }>;

/** Events that a slow reader may have waiting before its iteration ends. */
const WAITING_EVENTS_MAX = 100_000;

export class Events {
  readonly #listeners = new Set<(event: ClientEvent) => void>();

  emit(event: ClientEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Calls `listener` for each event of a type, in order; returns how to stop. */
  on<T extends ClientEvent['type']>(type: T, listener: (event: EventOf<T>) => void): () => void {
    return this.onAny((event) => {
      if (event.type === type) listener(event as EventOf<T>);
    });
  }

  onAny(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Every event from now on, until the loop is left or `signal` aborts. */
  async *iterate(signal?: AbortSignal): AsyncGenerator<ClientEvent, void> {
    const waiting: ClientEvent[] = [];
    let wake: () => void = () => {};
    const stop = this.onAny((event) => {
      waiting.push(event);
      wake();
    });
    const abort = () => wake();
    signal?.addEventListener('abort', abort);
    try {
      while (signal?.aborted !== true && waiting.length <= WAITING_EVENTS_MAX) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      stop();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Resolves with the first event that `select` returns a value for; rejects when `signal` aborts. */
  when<T>(select: (event: ClientEvent) => T | undefined, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = this.onAny((event) => {
        const value = select(event);
        if (value === undefined) return;
        end();
        resolve(value);
      });
      const abort = () => {
        end();
        reject(signal?.reason);
      };
      const end = () => {
        stop();
        signal?.removeEventListener('abort', abort);
      };
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort);
    });
  }
}

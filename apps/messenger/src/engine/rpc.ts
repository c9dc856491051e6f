/** Calls from the page to the worker and events back, over a message port: typed, bounded, errors by their code. */
import { errorCode } from '@countersign/ui/text';

/** The part of a Worker, MessagePort or worker scope that is used. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

type Method = (...args: never[]) => Promise<unknown>;
export type Methods<T> = { readonly [Name in keyof T]: T[Name] extends Method ? T[Name] : never };

/** Calls under way at once. */
const PENDING_MAX = 256;

interface CallMessage {
  readonly kind: 'call';
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
interface AnswerMessage {
  readonly kind: 'answer';
  readonly id: number;
  readonly value: unknown;
}
interface FaultMessage {
  readonly kind: 'fault';
  readonly id: number;
  readonly code: string;
  readonly message: string;
}
interface EventMessage<E> {
  readonly kind: 'event';
  readonly event: E;
}
type ToPage<E> = AnswerMessage | FaultMessage | EventMessage<E>;

/** What the worker threw, by its code; the message holds no user data (CONTRIBUTING, rule 5). */
class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The page's end. Every method of `T` becomes a call; a rejection is a RemoteError. */
export function createCaller<T extends Methods<T>, E>(port: Port, onEvent: (event: E) => void): T {
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  port.addEventListener('message', ({ data }) => {
    const message = data as ToPage<E>;
    if (message.kind === 'event') {
      onEvent(message.event);
      return;
    }
    const call = pending.get(message.id);
    pending.delete(message.id);
    if (message.kind === 'answer') call?.resolve(message.value);
    else call?.reject(new RemoteError(message.code, message.message));
  });
  const call = (method: string, args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (pending.size >= PENDING_MAX) {
        reject(new RemoteError('limit.items', 'too many calls to the engine at once'));
        return;
      }
      const id = nextId++;
      pending.set(id, { resolve, reject });
      port.postMessage({ kind: 'call', id, method, args } satisfies CallMessage);
    });
  return new Proxy({} as T, {
    // A caller that is awaited must not look like a promise.
    get: (_, name) => (typeof name !== 'string' || name === 'then' ? undefined : (...args: unknown[]) => call(name, args)),
  });
}

/** The worker's end: answers calls of the methods that `api` has itself, and returns how events are sent. */
export function serve<T extends Methods<T>, E>(port: Port, api: T): (event: E) => void {
  port.addEventListener('message', ({ data }) => {
    const message = data as CallMessage;
    if (message.kind === 'call') void answer(port, api, message);
  });
  return (event) => port.postMessage({ kind: 'event', event } satisfies EventMessage<E>);
}

async function answer<T extends object>(port: Port, api: T, { id, method, args }: CallMessage): Promise<void> {
  try {
    const run = Object.hasOwn(api, method) ? (api as Record<string, unknown>)[method] : undefined;
    if (typeof run !== 'function') throw new RemoteError('input.unknown_route', 'the engine has no such method');
    const value: unknown = await (run as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    port.postMessage({ kind: 'answer', id, value } satisfies AnswerMessage);
  } catch (error) {
    port.postMessage({ kind: 'fault', id, ...faultOf(error) } satisfies FaultMessage);
  }
}

function faultOf(error: unknown): { code: string; message: string } {
  return { code: errorCode(error), message: error instanceof Error ? error.message : '' };
}

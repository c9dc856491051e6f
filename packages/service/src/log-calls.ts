/** HTTP calls to the logbook's private port, each within a deadline and with a bounded answer (docs/network.md, logbook). */
import { Ac1Error, isAc1Code } from '@countersign/bytes';
import { AppError, isAppCode } from '@countersign/wire';

const CALL_MAX_MS = 15_000;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 1_000;
const ERROR_BYTES_MAX = 65_536;

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly body?: Uint8Array;
  readonly contentType?: string;
  readonly authorization?: string;
  readonly answerBytesMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** Status and bytes of an answer; `internal.unavailable` when there is none. */
export async function call(url: string, options: Call): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  const deadline = AbortSignal.timeout(CALL_MAX_MS);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    const response = await fetch(url, {
      method: options.method ?? 'GET',
      ...(options.body === undefined ? {} : { body: options.body as Uint8Array<ArrayBuffer> }),
      headers: {
        ...(options.contentType === undefined ? {} : { 'content-type': options.contentType }),
        ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
      },
      redirect: 'error',
      signal,
    });
    return { status: response.status, bytes: await readBounded(response, options.answerBytesMax) };
  } catch (cause) {
    throw new AppError('internal.unavailable', undefined, { cause });
  }
}

/** The bytes of a 2xx answer; otherwise the error that the service named. */
export async function callForBytes(url: string, options: Call): Promise<Uint8Array> {
  const { status, bytes } = await call(url, { ...options, answerBytesMax: Math.max(options.answerBytesMax, ERROR_BYTES_MAX) });
  if (status >= 200 && status < 300) return bytes;
  throw errorOf(bytes);
}

/** Repeats `attempt` while the service cannot be reached or asks to wait; `internal.unavailable` once `signal` has ended. */
export async function retrying<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let delayMs = RETRY_FIRST_MS;
  for (;;) {
    signalOrThrow(signal);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AppError) || !isPassing(error)) throw error;
    }
    await pause(delayMs, signal);
    delayMs = Math.min(2 * delayMs, RETRY_MAX_MS);
  }
}

/** Resolves after `delayMs`, or at once when `signal` ends. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}

/** What an ended signal means to a caller. */
export function signalOrThrow(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('internal.unavailable', undefined, { cause: signal.reason });
}

function isPassing({ code }: AppError): boolean {
  return code === 'internal.unavailable' || code === 'limit.rate';
}

function errorOf(bytes: Uint8Array): Error {
  let code: unknown;
  try {
    code = (JSON.parse(new TextDecoder().decode(bytes)) as { code?: unknown }).code;
  } catch (cause) {
    return new AppError('internal.unknown', undefined, { cause });
  }
  if (typeof code === 'string' && isAc1Code(code)) return new Ac1Error(code);
  return new AppError(typeof code === 'string' && isAppCode(code) ? code : 'internal.unknown');
}

async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > bytesMax) throw new RangeError('the answer is longer than allowed');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

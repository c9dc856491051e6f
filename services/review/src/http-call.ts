/** Calls of the gateway to other services, each with a deadline and a bounded answer (docs/network.md, Conventions). */
import { Ac1Error, isAc1Code } from '@countersign/bytes';
import { AppError, isAppCode } from '@countersign/wire';

const CALL_MAX_MS = 15_000;
const JSON_BYTES_MAX = 65_536;

export interface Call {
  /** Protobuf, sent by POST. */
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
  readonly answerBytesMax?: number;
  readonly callMaxMs?: number;
}

export async function callForJson<T>(url: string, call: Call = {}): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await callForBytes(url, call))) as T;
}

/** The bytes of a 2xx answer; otherwise the error that the service named, `internal.unavailable` where it named none. */
export async function callForBytes(url: string, call: Call = {}): Promise<Uint8Array> {
  const deadline = AbortSignal.timeout(call.callMaxMs ?? CALL_MAX_MS);
  const { status, bytes } = await request(
    url,
    call,
    call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]),
  );
  if (status >= 200 && status < 300) return bytes;
  throw namedError(bytes);
}

async function request(url: string, call: Call, signal: AbortSignal): Promise<{ status: number; bytes: Uint8Array }> {
  try {
    const response = await fetch(url, {
      ...(call.body === undefined
        ? {}
        : { method: 'POST', body: call.body as Uint8Array<ArrayBuffer>, headers: { 'content-type': 'application/protobuf' } }),
      redirect: 'error',
      signal,
    });
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > (call.answerBytesMax ?? JSON_BYTES_MAX)) throw new RangeError('the answer is longer than allowed');
      chunks.push(chunk);
    }
    return { status: response.status, bytes: Buffer.concat(chunks) };
  } catch (cause) {
    throw new AppError('internal.unavailable', undefined, { cause });
  }
}

function namedError(bytes: Uint8Array): Error {
  try {
    const { code } = JSON.parse(new TextDecoder().decode(bytes)) as { code?: unknown };
    if (typeof code === 'string' && isAc1Code(code)) return new Ac1Error(code);
    if (typeof code === 'string' && isAppCode(code)) return new AppError(code);
  } catch (cause) {
    return new AppError('internal.unavailable', undefined, { cause });
  }
  return new AppError('internal.unavailable');
}

/** Calls to the services' HTTP ports, each with a deadline; refusals become the error that the service named. */
import { Ac1Error, isAc1Code } from '@countersign/bytes';
import { AppError, isAppCode } from '@countersign/wire';

const CALL_MAX_MS = 15_000;

export interface JsonCall {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly authorization?: string;
  readonly signal?: AbortSignal;
}

/** The JSON of a 2xx answer. `internal.unavailable` when there is none. */
export async function fetchJson<T>(url: string, call: JsonCall = {}): Promise<T> {
  const response = await callService(url, { ...call, signal: withDeadline(call.signal) });
  return (await response.json()) as T;
}

/** A 2xx answer whose body is still to be read. */
export async function callService(url: string, call: JsonCall): Promise<Response> {
  const { method = call.body === undefined ? 'GET' : 'POST', body, authorization, signal } = call;
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    throw new AppError('internal.unavailable', new URL(url).host, { cause });
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

function withDeadline(signal: AbortSignal | undefined): AbortSignal {
  const deadline = AbortSignal.timeout(CALL_MAX_MS);
  return signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
}

async function errorOf(response: Response): Promise<Error> {
  const { code, message } = (await response.json().catch(() => ({}))) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && isAc1Code(code)) return new Ac1Error(code);
  if (typeof code === 'string' && isAppCode(code)) return new AppError(code);
  return new AppError('internal.unknown', typeof message === 'string' ? message : `status ${response.status}`);
}

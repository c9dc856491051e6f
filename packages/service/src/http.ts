/** A fastify server whose every error is one of our codes (docs/network.md, Conventions). */
import { Ac1Error } from '@countersign/bytes';
import { type AppCode, AppError } from '@countersign/wire';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

const STATUS_BY_DOMAIN: Readonly<Record<string, number>> = {
  frame: 400,
  input: 400,
  internal: 503,
  limit: 429,
  policy: 403,
  session: 401,
  voucher: 403,
};

const STATUS_BY_CODE: Partial<Record<AppCode, number>> = {
  'input.epoch_taken': 409,
  'input.group_exists': 409,
  'input.handle_taken': 409,
  'internal.unknown': 500,
  'limit.blob_bytes': 413,
  'limit.frame_bytes': 413,
};

export interface HttpOptions {
  readonly log: Logger;
  readonly bodyLimitBytes: number;
}

/** Reads `application/protobuf` and `application/octet-stream` bodies as bytes; answers `GET /health`. */
export function createHttp(options: HttpOptions): FastifyInstance {
  const http = fastify({ bodyLimit: options.bodyLimitBytes, logger: false, routerOptions: { ignoreTrailingSlash: true } });
  for (const type of ['application/protobuf', 'application/octet-stream']) {
    http.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  }
  http.setNotFoundHandler(() => {
    throw new AppError('input.unknown_route');
  });
  http.setErrorHandler((error, _request, reply) => {
    const answer = describeError(error);
    if (answer.status >= 500) options.log.error({ err: error }, 'a request failed');
    return reply.status(answer.status).send(answer.body);
  });
  http.get('/health', () => ({ ok: true }));
  return http;
}

/** Listens and returns the address, e.g. `http://127.0.0.1:4000`. */
export async function listen(http: FastifyInstance, address: { readonly host: string; readonly port: number }): Promise<string> {
  return http.listen({ host: address.host, port: address.port });
}

interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly code: string; readonly message: string; readonly retry_after_ms: number };
}

/** Status and body of an error; what is not ours becomes `internal.unknown` and tells nothing. */
export function describeError(error: unknown): ErrorAnswer {
  if (error instanceof Ac1Error) return { status: 403, body: { code: error.code, message: error.message, retry_after_ms: 0 } };
  const own = error instanceof AppError ? error : fromFastify(error);
  const domain = own.code.slice(0, own.code.indexOf('.'));
  const unknown = own.code.startsWith('input.unknown_') ? 404 : undefined;
  return {
    status: STATUS_BY_CODE[own.code] ?? unknown ?? STATUS_BY_DOMAIN[domain] ?? 500,
    body: { code: own.code, message: own.message, retry_after_ms: own.retryAfterMs },
  };
}

function fromFastify(error: unknown): AppError {
  const status = (error as { statusCode?: unknown }).statusCode;
  if (status === 413) return new AppError('limit.frame_bytes', undefined, { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new AppError('input.malformed', undefined, { cause: error });
  return new AppError('internal.unknown', undefined, { cause: error });
}

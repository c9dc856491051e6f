/** The log's private side: appends, openings, and an actor's last index (contracts/log.proto; docs/network.md, logbook). */
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { APPENDS_PER_CALL_MAX, OPENINGS_PER_CALL_MAX } from '@countersign/service';
import { ENTRY_BYTES_MAX } from '@countersign/tlog';
import { AppError, logFrames } from '@countersign/wire';
import type { FastifyInstance } from 'fastify';
import type { LogBook } from './log-book.ts';
import type { OpeningsBox } from './openings-box.ts';

/** 256 of the longest entries, and their framing. */
export const PRIVATE_BODY_BYTES_MAX = APPENDS_PER_CALL_MAX * (ENTRY_BYTES_MAX + 64);

const HASH_HEX = /^[0-9a-f]{64}$/;
const HANDLE_HEX = /^[0-9a-f]{32}$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

export function addPrivateRoutes(http: FastifyInstance, book: LogBook, box: OpeningsBox): void {
  http.post('/v1/entries', async (request, reply) => {
    const { appends } = parseFrame(logFrames.AppendRequestSchema, request.body);
    if (appends.length > APPENDS_PER_CALL_MAX) throw new AppError('limit.items', 'appends');
    const outcomes = await book.append(appends.map(({ entry }) => entry));
    const results = outcomes.map((outcome) =>
      'index' in outcome ? { index: BigInt(outcome.index), code: '' } : { code: outcome.code },
    );
    const answer = toBinary(logFrames.AppendReplySchema, create(logFrames.AppendReplySchema, { results }));
    return reply.type('application/protobuf').send(Buffer.from(answer));
  });

  http.get('/v1/actors/:key/:handle', async (request) => {
    const { key, handle } = request.params as { key: string; handle: string };
    if (!HASH_HEX.test(key)) throw new AppError('input.malformed', 'key id');
    if (!HANDLE_HEX.test(handle)) throw new AppError('input.malformed', 'handle');
    return { last_index: await book.lastIndex(key, handle) };
  });

  http.post('/v1/openings', async (request, reply) => {
    const { openings } = parseFrame(logFrames.PostOpeningsSchema, request.body);
    if (openings.length > OPENINGS_PER_CALL_MAX) throw new AppError('limit.items', 'openings');
    await box.post(openings);
    return reply.status(204).send();
  });

  http.get('/v1/openings/:recipient', (request, reply) => {
    const { recipient } = request.params as { recipient: string };
    const { after = '0' } = request.query as { after?: unknown };
    if (!HASH_HEX.test(recipient)) throw new AppError('input.malformed', 'recipient');
    if (typeof after !== 'string' || !DECIMAL.test(after)) throw new AppError('input.malformed', 'after');
    const { openings, cursor } = box.page(recipient, Number(after));
    const page = create(logFrames.OpeningsPageSchema, { sealedOpenings: openings, cursor: BigInt(cursor) });
    return reply.type('application/protobuf').send(Buffer.from(toBinary(logFrames.OpeningsPageSchema, page)));
  });
}

function parseFrame<D extends DescMessage>(schema: D, body: unknown): MessageShape<D> {
  if (!(body instanceof Uint8Array)) throw new AppError('frame.malformed');
  try {
    return fromBinary(schema, body);
  } catch (cause) {
    throw new AppError('frame.malformed', undefined, { cause });
  }
}

/** The calls that answer with content: feed, search, message, conversation. All go through the reading room (docs/network.md, review). */
import { toHex } from '@countersign/bytes';
import type { OrderId } from '@countersign/custody';
import { AppError } from '@countersign/wire';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Tokens } from '../archive/tokens.ts';
import type { MessageRow, MessageRows } from '../reading/message-rows.ts';
import type { Desk, ReadingRoom, ShownMessage } from '../reading/reading-room.ts';
import type { OfficerSessions } from '../reading/sessions.ts';
import type { Bell } from './bell.ts';
import { hexField, integerField, optionalHex, type Query, textField } from './input.ts';

const FEED_BATCH_MAX = 200;
const PAGE_MAX = 100n;
const FEEDS_MAX = 500;
const FEED_WAIT_MS = 1_000;
const POSITION_MAX = 2n ** 63n - 1n;
const PURPOSE_MAX = 65_535n;
const QUERY_MAX = 500;

export interface ReadingRouteParts {
  readonly room: ReadingRoom;
  readonly rows: MessageRows;
  readonly tokens: Tokens;
  readonly sessions: OfficerSessions;
  /** Rings when messages have come into the archive. */
  readonly bell: Bell;
}

export function addReadingRoutes(http: FastifyInstance, parts: ReadingRouteParts): void {
  const { room, rows, tokens, sessions } = parts;
  let feeds = 0;

  http.get<{ Querystring: Query }>('/v1/feed', async (request, reply) => {
    const { authorization } = request.headers;
    const { live } = request.query;
    sessions.officerOf(authorization);
    const chosen = optionalHex(request.query, 'order', 16);
    const purpose = purposeOf(request.query);
    const after = integerField(request.query, 'after', POSITION_MAX, 0n);
    if (chosen !== null) room.desk(sessions.officerOf(authorization), chosen, purpose);
    if (feeds >= FEEDS_MAX) throw new AppError('limit.connections');
    feeds += 1;
    reply.hijack();
    await writeFeed(reply, parts, { authorization, chosen, purpose, after, isLive: live !== '0' }).finally(() => {
      feeds -= 1;
    });
  });

  http.get<{ Querystring: Query }>('/v1/search', async (request) => {
    const { query } = request;
    const desk = deskOf(parts, request.headers.authorization, query);
    const words = tokens.ofText(textField(query, 'q', QUERY_MAX));
    if (words.length === 0) throw new AppError('input.malformed', 'q');
    const limit = Number(integerField(query, 'limit', PAGE_MAX, 50n));
    const facets = [...words, tokens.ofOrder(desk.orderId)];
    return pageOf(room, desk, 'search', await rows.search(desk.orderId, facets, beforeOf(query), limit), limit);
  });

  http.get<{ Params: Query; Querystring: Query }>('/v1/messages/:id', async (request) => {
    const desk = deskOf(parts, request.headers.authorization, request.query);
    const [message] = await room.show(desk, 'display', await rows.byId(desk.orderId, hexField(request.params, 'id', 16)));
    if (message === undefined) throw new AppError('input.unknown_message');
    return message;
  });

  http.get<{ Params: Query; Querystring: Query }>('/v1/conversations/:id', async (request) => {
    const { query } = request;
    const desk = deskOf(parts, request.headers.authorization, query);
    const limit = Number(integerField(query, 'limit', PAGE_MAX, 50n));
    const groupId = hexField(request.params, 'id', { max: 64 });
    const found = await rows.conversation(desk.orderId, groupId, beforeOf(query), limit);
    const page = await pageOf(room, desk, 'display', found, limit);
    return { ...page, messages: page.messages.reverse() };
  });
}

/** Under the order that the call names; without one, under the only order in force for the officer's agency. */
function deskOf({ room, sessions }: ReadingRouteParts, authorization: string | undefined, query: Query): Desk {
  const officer = sessions.officerOf(authorization);
  const named = optionalHex(query, 'order', 16);
  const [only, second] = room.ordersOf(officer);
  if (named === null && only !== undefined && second !== undefined) throw new AppError('input.malformed', 'order');
  const orderId = named ?? only;
  if (orderId === undefined) throw new AppError('policy.no_order');
  return room.desk(officer, orderId, purposeOf(query));
}

function purposeOf(query: Query): number | undefined {
  const { purpose } = query;
  return purpose === undefined ? undefined : Number(integerField(query, 'purpose', PURPOSE_MAX, 0n));
}

function beforeOf(query: Query): bigint {
  return integerField(query, 'before_ms', POSITION_MAX, POSITION_MAX);
}

/** `before_ms` continues behind the page; null when there is no more. */
async function pageOf(
  room: ReadingRoom,
  desk: Desk,
  action: 'display' | 'search',
  found: readonly MessageRow[],
  limit: number,
): Promise<{ messages: ShownMessage[]; before_ms: number | null }> {
  const last = found.at(-1);
  return {
    messages: await room.show(desk, action, found),
    before_ms: last === undefined || found.length < limit ? null : Number(last.recvMs),
  };
}

interface FeedCall {
  readonly authorization: string | undefined;
  readonly chosen: OrderId | null;
  readonly purpose: number | undefined;
  readonly after: bigint;
  readonly isLive: boolean;
}

/** One JSON object a line, in the order of arrival, until the caller goes or his session ends. */
async function writeFeed(reply: FastifyReply, parts: ReadingRouteParts, call: FeedCall): Promise<void> {
  const { room, rows, sessions, bell } = parts;
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  raw.flushHeaders();
  const gone = new AbortController();
  raw.on('close', () => gone.abort());
  let position = call.after;
  try {
    while (!gone.signal.aborted) {
      const officer = sessions.officerOf(call.authorization);
      const orderIds = room.ordersOf(officer).filter((id) => call.chosen === null || toHex(id) === toHex(call.chosen));
      const ring = bell.next();
      const found = await rows.after(orderIds, position, FEED_BATCH_MAX);
      if (found.length === 0) {
        if (!call.isLive) break;
        await bell.wait(ring, FEED_WAIT_MS, gone.signal);
        continue;
      }
      const shown = await showAll(room, officer, orderIds, found, call.purpose);
      for (const message of shown) await writeLine(raw, message, gone.signal);
      position = found.at(-1)?.position ?? position;
    }
  } catch (error) {
    // The line is out of the protocol's reach by now: the end of the feed, and why, is all that can be said.
    const code = (error as { code?: unknown }).code;
    if (!gone.signal.aborted) raw.write(`${JSON.stringify({ end: typeof code === 'string' ? code : 'internal.unknown' })}\n`);
  }
  raw.end();
}

async function showAll(
  room: ReadingRoom,
  officer: Desk['officer'],
  orderIds: readonly OrderId[],
  found: readonly MessageRow[],
  purpose: number | undefined,
): Promise<ShownMessage[]> {
  const shown = await Promise.all(
    orderIds.map((orderId) => {
      const ofOrder = found.filter((row) => toHex(row.orderId) === toHex(orderId));
      return ofOrder.length === 0 ? [] : room.show(room.desk(officer, orderId, purpose), 'display', ofOrder);
    }),
  );
  return shown.flat().sort((a, b) => (BigInt(a.cursor) < BigInt(b.cursor) ? -1 : 1));
}

/** Waits for a slow reader: what he has not taken is not piled up. */
async function writeLine(raw: FastifyReply['raw'], message: ShownMessage, gone: AbortSignal): Promise<void> {
  if (gone.aborted || raw.write(`${JSON.stringify(message)}\n`)) return;
  await new Promise<void>((resolve) => {
    raw.once('drain', resolve);
    gone.addEventListener('abort', () => resolve(), { once: true });
  });
}

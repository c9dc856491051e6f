/** The work of `review`: what the gateway shows this officer, message by message. */
import { AppError } from '@countersign/wire';
import type { Cli } from '../cli.ts';
import { CliError, Exit, UsageError } from '../failure.ts';
import type { ReviewOptions } from '../verbs/review.ts';
import {
  callGateway,
  listOrders,
  type OfficersGateway,
  openGateway,
  type ReviewedMessage,
  readPages,
  streamLines,
} from './gateway.ts';
import { requestScopes } from './request.ts';

export type ReadVerb = 'tail' | 'search' | 'show' | 'conversation';

export async function* readMessages(
  cli: Cli,
  verb: ReadVerb,
  options: ReviewOptions,
  argument: string,
): AsyncGenerator<ReviewedMessage> {
  const gateway = await openGateway(cli, options.data, options.as);
  const orders = await ordersToRead(cli, gateway, options.order ?? null);
  const read = (path: string) => readUnderAll(gateway, orders, path);
  switch (verb) {
    case 'tail':
      return yield* tail(cli, gateway, options);
    case 'search': {
      const query = options.query ?? argument;
      if (query.trim() === '') throw new UsageError('say what to search for: --query, or words behind the options');
      return yield* read(`/v1/search?q=${encodeURIComponent(query)}`);
    }
    case 'show':
      return yield* read(`/v1/messages/${encodeURIComponent(argument)}?`);
    case 'conversation':
      return yield* read(`/v1/conversations/${encodeURIComponent(argument)}?`);
  }
}

/** Those in force for the officer's agency, or the one that was named; a retrospective one's keys are asked for first. */
async function ordersToRead(cli: Cli, gateway: OfficersGateway, named: string | null): Promise<readonly string[]> {
  const orders = (await listOrders(gateway)).filter(({ state }) => state === 'in_force');
  for (const order of orders.filter(({ mode, order_id }) => mode === 'retrospective' && (named ?? order_id) === order_id)) {
    const asked = await requestScopes(cli, gateway, order.order_id);
    if (asked > 0) cli.say(`asked the custodians for ${asked} scopes of order ${order.order_id}`);
  }
  return named === null ? orders.map(({ order_id }) => order_id) : [named];
}

async function* tail(cli: Cli, gateway: OfficersGateway, { order, follow }: ReviewOptions): AsyncGenerator<ReviewedMessage> {
  const path = `/v1/feed?live=${follow === false ? 0 : 1}${order === undefined ? '' : `&order=${order}`}`;
  for await (const line of streamLines<ReviewedMessage & { readonly end?: string }>(gateway, path, cli.ending)) {
    if (line.end !== undefined) throw new CliError(line.end, `the feed ended: ${line.end}`, Exit.refused);
    yield gateway.name(line);
  }
}

/** Each message once, under the first order that shows it; a message that no order shows is `input.unknown_message`. */
async function* readUnderAll(gateway: OfficersGateway, orders: readonly string[], path: string): AsyncGenerator<ReviewedMessage> {
  if (orders.length === 0) throw new AppError('policy.no_order');
  const shown = new Set<string>();
  const isOne = path.startsWith('/v1/messages/');
  for (const order of orders) {
    for (const message of isOne ? await oneMessage(gateway, path, order) : await readPages(gateway, path, order)) {
      if (shown.has(message.message_id)) continue;
      shown.add(message.message_id);
      yield gateway.name(message);
    }
  }
  if (isOne && shown.size === 0) throw new AppError('input.unknown_message');
}

async function oneMessage(gateway: OfficersGateway, path: string, order: string): Promise<readonly ReviewedMessage[]> {
  try {
    return [await callGateway<ReviewedMessage>(gateway, `${path}&order=${order}`)];
  } catch (error) {
    if (error instanceof AppError && error.code === 'input.unknown_message') return [];
    throw error;
  }
}

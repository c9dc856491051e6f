/** An officer at the gateway that hosts his agency: a session, and calls under it (docs/network.md, review). */
import type { Cli } from '../cli.ts';
import { CliError, Exit } from '../failure.ts';
import { dataDir } from '../network/data-dir.ts';
import { callService, fetchJson } from '../network/http.ts';
import { findOfficer, type NetworkKeys, type Officer, readKeys } from '../network/keys.ts';
import { readUrls } from '../network/operator.ts';
import { openSession } from '../network/session.ts';

/** What every message of the feed, of a search and of a conversation says. */
export interface ReviewedMessage {
  readonly message_id: string;
  readonly text: string;
  readonly from: string;
  readonly conversation: string;
  readonly sent_ms: number;
  readonly order_id: string;
  readonly agency: string;
}

interface OrderLine {
  readonly order_id: string;
  readonly mode: 'live' | 'retrospective';
  readonly state: 'in_force' | 'waiting' | 'ended';
  readonly grants_held: number;
}

export interface OfficersGateway {
  readonly url: string;
  readonly authorization: string;
  readonly officer: Officer;
  /** The message with agency and sender by name: `AU`, `@anna`. */
  name<T extends ReviewedMessage>(message: T): T;
}

export async function openGateway(cli: Cli, data: string, as: string): Promise<OfficersGateway> {
  const dir = dataDir(data);
  const keys = await readKeys(dir);
  const officer = findOfficer(keys, as);
  return signIn(cli, keys, officer, (await readUrls(dir, keys)).gateways);
}

/** `policy.forbidden` for an officer whose organisation reads nothing. `urls` are those of the gateways in the order of the keys. */
export async function signIn(cli: Cli, keys: NetworkKeys, officer: Officer, urls: readonly string[]): Promise<OfficersGateway> {
  const at = keys.gateways.findIndex(({ certs }) => certs.some(({ agency }) => agency === officer.organisation));
  const url = urls[at];
  if (url === undefined) throw new CliError('policy.forbidden', `${officer.name} is of no reading agency`, Exit.refused);
  const agency = (id: string) => keys.agencies.find((candidate) => candidate.id === id)?.code ?? id;
  return {
    url,
    authorization: await openSession(cli, url, 'review', keys.networkId, officer),
    officer,
    name: (message) => ({
      ...message,
      agency: agency(message.agency),
      from: message.from.startsWith('@') || message.from === '' ? message.from : `@${message.from}`,
    }),
  };
}

type Signed = Pick<OfficersGateway, 'url' | 'authorization'>;

/** The orders that name the officer's agency. */
export async function listOrders(gateway: Signed): Promise<readonly OrderLine[]> {
  return (await callGateway<{ orders: readonly OrderLine[] }>(gateway, '/v1/orders')).orders;
}

/** The lines of an answer in NDJSON, until it ends or `signal` does. */
export async function* streamLines<T>({ url, authorization }: Signed, path: string, signal: AbortSignal): AsyncGenerator<T> {
  const response = await callService(`${url}${path}`, { authorization, signal });
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      const rows = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = rows.pop() ?? '';
      for (const row of rows) if (row.trim() !== '') yield JSON.parse(row) as T;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export function callGateway<T>({ url, authorization }: Signed, path: string, body?: unknown): Promise<T> {
  return fetchJson<T>(`${url}${path}`, { authorization, ...(body === undefined ? {} : { body }) });
}

interface Page {
  readonly messages: readonly ReviewedMessage[];
  /** Where the next, older page begins; null at the end. */
  readonly before_ms: number | null;
}

/** Every page of a search or a conversation under one order: newest first, a conversation from its beginning. `path` ends in its query. */
export async function readPages(gateway: Signed, path: string, order: string): Promise<readonly ReviewedMessage[]> {
  const pages: (readonly ReviewedMessage[])[] = [];
  for (let before = ''; ; ) {
    const page = await callGateway<Page>(gateway, `${path}&order=${order}${before}`);
    pages.push(page.messages);
    if (page.before_ms === null) break;
    before = `&before_ms=${page.before_ms}`;
  }
  return (path.startsWith('/v1/conversations/') ? pages.reverse() : pages).flat();
}

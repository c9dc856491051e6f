/** The work of `inbox`: the received messages of all conversations in the order in which they came. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, MessageRecord } from '@countersign/client';
import type { Cli } from '../cli.ts';
import type { InboxOptions } from '../verbs/inbox.ts';
import { nameOf } from './groups.ts';
import { goOnline, homeOptions } from './home.ts';

const HANDLE_MAX_MS = 3_000;
const LOOK_MS = 25;

export interface InboxLine {
  readonly message_id: string;
  readonly from: string;
  readonly conversation: string;
  readonly sent_ms: number;
  readonly type: string;
  readonly text: string;
}

/** With `follow`, until the process is told to end. */
export async function* readInbox(cli: Cli, { home, follow }: InboxOptions): AsyncGenerator<InboxLine> {
  const { Client } = await import('@countersign/client');
  const options = await homeOptions(cli, home);
  const client = await Client.open(options).catch(async (error: unknown) => {
    await options.store.close();
    throw error;
  });
  const ending = new AbortController();
  const events = client.stream(AbortSignal.any([cli.ending, ending.signal]));
  // From here on nothing is missed: the stream waits with what happens while the store is read.
  const arriving = events.next();
  try {
    await goOnline(client);
    const shown = new Set<string>();
    for (const message of await storedMessages(client)) {
      shown.add(keyOf(message));
      yield await describe(client, message);
    }
    if (follow !== true) return;
    for (let next = await arriving; next.done !== true; next = await events.next()) {
      const event = next.value;
      if (event.type !== 'message' && event.type !== 'refused' && event.type !== 'gap') continue;
      if (event.message.own || shown.has(keyOf(event.message))) continue;
      shown.add(keyOf(event.message));
      yield await describe(client, event.message);
    }
  } finally {
    ending.abort();
    await client.close();
  }
}

async function storedMessages(client: Client): Promise<MessageRecord[]> {
  const conversations = await client.conversations();
  const messages = (await Promise.all(conversations.map(({ id }) => client.messages(id)))).flat();
  return messages.filter(({ own }) => !own).sort((a, b) => (a.order < b.order ? -1 : 1));
}

function keyOf({ conversation, order }: MessageRecord): string {
  return `${conversation}/${order}`;
}

/** The sender of a first message is looked up by the engine while we already read it. */
async function senderOf(client: Client, account: string): Promise<string> {
  const deadline = performance.now() + HANDLE_MAX_MS;
  while ((await client.handleOf(account)) === null && performance.now() < deadline) await delay(LOOK_MS);
  return nameOf(client, account);
}

async function describe(client: Client, message: MessageRecord): Promise<InboxLine> {
  return {
    message_id: message.id,
    from: message.account === null ? '' : await senderOf(client, message.account),
    conversation: message.conversation,
    sent_ms: message.sentMs,
    type: message.state === 'received' ? (message.body?.kind ?? message.state) : message.state,
    text: textOf(message),
  };
}

/** What a person reads in one line; a refused message shows its code and nothing of its content. */
function textOf({ body, code, reason, state }: MessageRecord): string {
  if (state === 'refused') return code ?? '';
  if (state === 'unreadable') return reason ?? '';
  switch (body?.kind) {
    case 'text':
    case 'notice':
      return body.text;
    case 'attachment':
      return [body.attachment.name, body.attachment.caption].filter((part) => part !== '').join(': ');
    case 'name':
      return body.name;
    case 'timer':
      return `${body.seconds} s`;
    case 'gap':
      return `${body.missing} missing`;
    default:
      return '';
  }
}

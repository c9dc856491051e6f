/** What tests ask of members: the texts that one sees, and waiting for a row. */
import type { Client, MessageRecord } from '../../src/index.ts';
import { until } from './network.ts';

/** The texts of a conversation as a member sees them. */
export async function texts(client: Client, conversation: string): Promise<string[]> {
  return (await client.messages(conversation)).flatMap(({ body, deleted }) =>
    body?.kind === 'text' && !deleted ? [body.text] : [],
  );
}

/** Waits until the member sees the text, and returns its row. */
export async function seen(client: Client, text: string): Promise<MessageRecord> {
  return row(client, ({ body }) => body?.kind === 'text' && body.text === text);
}

/** Waits for a row of any conversation. */
export async function row(client: Client, is: (message: MessageRecord) => boolean): Promise<MessageRecord> {
  let found: MessageRecord | undefined;
  await until(async () => {
    for (const { id } of await client.conversations()) found ??= (await client.messages(id)).find(is);
    return found !== undefined;
  });
  return found as MessageRecord;
}

/** Sends a text and waits until the relay has it. Returns its id. */
export async function say(client: Client, conversation: string, text: string, replyTo?: string): Promise<string> {
  const { messageId, acked } = await client.send(conversation, {
    kind: 'text',
    text,
    ...(replyTo === undefined ? {} : { replyTo }),
  });
  await acked;
  return messageId;
}

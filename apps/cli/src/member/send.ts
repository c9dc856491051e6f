/** The work of `send`: one message, and the time until the relay had it on disk and in custody. */
import { basename } from 'node:path';
import type { Client } from '@countersign/client';
import type { Cli } from '../cli.ts';
import { readInput } from '../options.ts';
import type { SendOptions } from '../verbs/send.ts';
import { groupOf, withoutAt } from './groups.ts';
import { withMember } from './home.ts';

export interface SentMessage {
  readonly messageId: string;
  readonly ackedMs: number;
  readonly conversation: string;
}

export function sendMessage(cli: Cli, options: SendOptions, text: string): Promise<SentMessage> {
  return withMember(cli, options.home, async (client) => {
    const conversation = await conversationOf(client, options.to);
    const startedMs = performance.now();
    const sent =
      options.file === undefined
        ? await client.send(conversation, { kind: 'text', text })
        : await client.sendAttachment(conversation, await fileOf(options.file, text));
    await sent.acked;
    return { messageId: sent.messageId, ackedMs: Math.round(performance.now() - startedMs), conversation };
  });
}

function conversationOf(client: Client, to: string): Promise<string> {
  return to.startsWith('@') ? client.direct(withoutAt(to)) : groupOf(client, to);
}

async function fileOf(path: string, caption: string) {
  const data = new Uint8Array(await readInput(path));
  return { name: basename(path), mime: 'application/octet-stream', caption, data };
}

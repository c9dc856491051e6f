/** `countersign send`: one message, and the receipt that it is on disk and in custody. */
import { UsageError } from '../failure.ts';
import { homeOption } from '../options.ts';
import type { AddVerb } from '../program.ts';

export interface SendOptions {
  readonly home: string;
  readonly to: string;
  readonly file?: string;
}

export const addSend: AddVerb = (program, { cli, output }) => {
  program
    .command('send')
    .description('send a message, or a file with a caption')
    .addOption(homeOption())
    .requiredOption('--to <@handle|group>', 'a member, or the id of a group')
    .option('--file <path>', 'attach this file; the text is its caption')
    .argument('[text]', 'the message; - reads it from stdin')
    .action(async (text: string | undefined, options: SendOptions) => {
      if (text === undefined && options.file === undefined) throw new UsageError('there is nothing to send: a text or --file');
      const { sendMessage } = await import('../member/send.ts');
      const sent = await sendMessage(cli, options, text === '-' ? await cli.readStdin() : (text ?? ''));
      output.result(
        { message_id: sent.messageId, acked_ms: sent.ackedMs, conversation: sent.conversation },
        `Sent (${sent.ackedMs} ms).`,
      );
    });
};

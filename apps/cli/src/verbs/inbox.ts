/** `countersign inbox`: what a member received, one message a line. */
import { homeOption } from '../options.ts';
import type { AddVerb } from '../program.ts';

export interface InboxOptions {
  readonly home: string;
  readonly follow?: boolean;
}

export const addInbox: AddVerb = (program, { cli, output }) => {
  program
    .command('inbox')
    .description('fetch and show what was received')
    .addOption(homeOption())
    .option('--follow', 'stay and show what comes')
    .action(async (options: InboxOptions) => {
      const { readInbox } = await import('../member/inbox.ts');
      for await (const shown of readInbox(cli, options))
        output.result(shown, `${new Date(shown.sent_ms).toISOString()}  ${shown.from}  ${shown.text}`);
    });
};

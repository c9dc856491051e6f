/** `countersign review`: what an officer reads under an order; each read is logged before it is shown. */
import type { Command } from 'commander';
import { dataOption } from '../options.ts';
import type { AddVerb, VerbContext } from '../program.ts';

export interface ReviewOptions {
  readonly data: string;
  readonly as: string;
  readonly query?: string;
  readonly order?: string;
  readonly follow?: boolean;
}

export const addReview: AddVerb = (program, context) => {
  const review = program.command('review').description('read, as an officer, what an order covers: every read is logged first');
  reviewCommand(review, 'tail', 'the live feed, from its beginning, until it is stopped', context).option(
    '--no-follow',
    'end after what is there',
  );
  reviewCommand(review, 'search', 'messages with all of these words', context)
    .argument('[words...]', 'the words')
    .option('--query <q>', 'the words');
  reviewCommand(review, 'show', 'one message', context).argument('<message>', 'id of the message');
  reviewCommand(review, 'conversation', 'one conversation', context).argument('<conversation>', 'id of the conversation');
};

type Verb = 'tail' | 'search' | 'show' | 'conversation';

function reviewCommand(review: Command, verb: Verb, description: string, { cli, output }: VerbContext): Command {
  const command = review
    .command(verb)
    .description(description)
    .addOption(dataOption())
    .requiredOption('--as <officer>', 'who reads, for instance au-officer')
    .option('--order <order>', 'only under this order');
  return command.action(async () => {
    const { readMessages } = await import('../review/read.ts');
    const words = command.args.join(' ');
    for await (const message of readMessages(cli, verb, command.opts<ReviewOptions>(), words))
      output.result(message, `${new Date(message.sent_ms).toISOString()}  ${message.from}  ${message.text}`);
  });
}

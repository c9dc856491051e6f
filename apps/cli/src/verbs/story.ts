/** `countersign story`: a throwaway network of real processes, in which given conversations are sent, delivered, reviewed and proven. */
import type { AddVerb } from '../program.ts';

export interface StoryOptions {
  readonly conversations: string;
  readonly data?: string;
}

export const addStory: AddVerb = (program, { cli, output }) => {
  program
    .command('story')
    .description('run conversations through a throwaway network of real processes, and count what arrives where')
    .requiredOption('--conversations <file>', 'one conversation a line: {"id","messages":[{"id","index","from","lang","text"}]}')
    .option('--data <dir>', 'keep the network there; otherwise it is removed at the end')
    .addHelpText('after', HELP)
    .action(async (options: StoryOptions) => {
      const { runStory } = await import('../story/story.ts');
      const figures = await runStory(cli, options);
      output.result(
        { ...figures },
        Object.entries(figures)
          .map(([name, value]) => `${name.padEnd(28)} ${value}`)
          .join('\n'),
      );
    });
};

const HELP = `
Every speaker of every conversation is another member, enrolled through a voucher; each line is sent by a real MLS client.
A live order for today and tomorrow covers every second conversation, for all agencies, routed by territory. Reported are:
sent, delivered (lines that all their recipients have), acked, in_scope, reviewed, reviewed_match (reviewed lines equal to
what was sent), out_of_scope_sent, out_of_scope_readable, p50_live_ms and p99_live_ms (send call to feed, scope released),
p99_first_ms (the first line of a scope), agencies, evidence_valid, evidence_tampered_detected, log_verified, processes.`;

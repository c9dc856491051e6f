/** The command line: every verb, its options and its help, and how a call ends. */
import { Command, CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { describeFailure, Exit, type ExitCode } from './failure.ts';
import { createOutput, type Output } from './output.ts';
import { verbs } from './verbs/index.ts';

/** Runs one call and returns the exit code of the process. */
export async function run(argv: readonly string[], cli: Cli): Promise<ExitCode> {
  let exit: ExitCode = Exit.ok;
  const output = createOutput(cli, argv.includes('--json'));
  const program = createProgram({
    cli,
    output,
    setExit: (code) => {
      exit = code;
    },
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage;
    const failure = describeFailure(error);
    if (output.isJson) cli.print(JSON.stringify({ code: failure.code, message: failure.message }));
    cli.say(`countersign: ${failure.message}${failure.message.startsWith(failure.code) ? '' : ` [${failure.code}]`}`);
    return failure.exit;
  }
}

function createProgram(context: VerbContext): Command {
  const program = new Command('countersign')
    .description('An encrypted messenger for closed networks, with custody that has to answer for itself.')
    .version('0.1.0')
    .showHelpAfterError('(countersign help COMMAND tells more)')
    .addHelpText('after', EXIT_CODES);
  for (const add of verbs) add(program, context);
  finish(program, context.cli);
  return program;
}

const EXIT_CODES = `
Every command takes --json: one object, or one a line for streams, on stdout; it is implied when stdout is no terminal.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by policy, 4 waiting for approval.
Days are written YYYY-MM-DD (UTC), ids in hex, handles as @name. A secret may be given as - (stdin) or @FILE.`;

export interface VerbContext {
  readonly cli: Cli;
  readonly output: Output;
  /** For an outcome that is neither a failure nor plain success, such as an approval that is waited for. */
  readonly setExit: (code: ExitCode) => void;
}

export type AddVerb = (program: Command, context: VerbContext) => void;

/** What holds for each command: where its words go, that it never exits by itself, and `--json`. */
function finish(command: Command, cli: Cli): void {
  command.exitOverride();
  command.configureOutput({ writeOut: (text) => cli.print(text.trimEnd()), writeErr: (text) => cli.say(text.trimEnd()) });
  command.option('--json', 'write JSON');
  for (const child of command.commands) finish(child, cli);
}

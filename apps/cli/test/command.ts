/** Runs the command inside the test's process, with what it prints caught and a clock that stands still. */
import { crypto } from '@countersign/crypto';
import { type Cli, run } from '../src/index.ts';

/** 2026-03-10T12:00:00Z. */
export const NOW_MS = Date.UTC(2026, 2, 10, 12);

export interface Called {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function call(argv: readonly string[], port: Partial<Cli> = {}): Promise<Called> {
  const out: string[] = [];
  const err: string[] = [];
  const exit = await run(argv, {
    nowMs: () => NOW_MS,
    random: crypto.randomBytes,
    print: (line) => void out.push(line),
    say: (line) => void err.push(line),
    readStdin: async () => '',
    isTerminal: true,
    databaseUrl: null,
    ending: new AbortController().signal,
    ...port,
  });
  return { exit, stdout: out.join('\n'), stderr: err.join('\n') };
}

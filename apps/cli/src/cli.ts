/** What a verb of the command line is given of its process: clock, randomness, streams, environment and the wish to end. */
import type { Random } from '@countersign/crypto';

export interface Cli {
  readonly nowMs: () => number;
  readonly random: Random;
  /** One line to stdout. */
  readonly print: (line: string) => void;
  /** One line to stderr, for people. */
  readonly say: (line: string) => void;
  /** All of stdin as text, without the line end at its end. */
  readonly readStdin: () => Promise<string>;
  /** JSON is written when stdout is no terminal, `--json` or not. */
  readonly isTerminal: boolean;
  readonly databaseUrl: string | null;
  /** Aborted by SIGTERM or SIGINT. */
  readonly ending: AbortSignal;
}

/** Unix seconds. */
export function nowOf(cli: Cli): number {
  return Math.floor(cli.nowMs() / 1000);
}

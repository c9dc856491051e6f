/** The command line as a library, for programs that run a network of their own. */
export type { Cli } from './cli.ts';
export { Exit } from './failure.ts';
export { run } from './program.ts';

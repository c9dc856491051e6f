/** The `countersign` command as a user runs it: a process of its own, JSON on stdout, an exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/countersign.js', import.meta.url));
const BUILT = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));

export interface Answered {
  readonly exit: number | null;
  /** The lines of stdout as JSON. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly said: string;
}

/** Starts the command. The operator's own database, if the environment names one, is left alone. */
export function startCommand(args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
  if (!existsSync(BUILT)) throw new Error('the network tests run what is built: npm run build');
  const { DATABASE_URL: _, ...env } = process.env;
  return spawn(process.execPath, [PROGRAM, ...args, '--json'], { cwd: ROOT, env, stdio: [stdin, 'pipe', 'pipe'] });
}

/** Runs a verb to its end, whatever that is. */
export async function countersign(args: readonly string[], stdin: string | null = null): Promise<Answered> {
  const child = startCommand(args, stdin === null ? 'ignore' : 'pipe');
  child.stdin?.end(stdin);
  const lines: Record<string, unknown>[] = [];
  let said = '';
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => lines.push(JSON.parse(line)));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const exit = await new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { exit, lines, said };
}

/** The one object that a verb answers with; throws what it said unless it ended well. */
export async function done<T = Record<string, unknown>>(args: readonly string[], stdin: string | null = null): Promise<T> {
  const { exit, lines, said } = await countersign(args, stdin);
  if (exit !== 0) throw new Error(`countersign ${args.slice(0, 2).join(' ')} ended with ${exit}: ${said}`);
  return lines[0] as T;
}

/** The process of `countersign`: hands the program its arguments, streams, clock, randomness and signals. */
import process from 'node:process';
import { crypto } from '@countersign/crypto';
import { run } from './program.ts';

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.abort(signal));
// A reader that has gone away, as `head` does, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const code = await run(process.argv.slice(2), {
  nowMs: Date.now,
  random: crypto.randomBytes,
  print: (line) => void process.stdout.write(`${line}\n`),
  say: (line) => void process.stderr.write(`${line}\n`),
  readStdin: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  },
  isTerminal: process.stdout.isTTY === true,
  databaseUrl: process.env.DATABASE_URL || null,
  ending: ending.signal,
});

// Members of a demonstration may still be trying to reach services that were stopped.
process.stdout.write('', () => process.exit(code));

/** `npm run chain [-- FILE]`: the whole chain over a file of conversations; exit 0 when every expectation held, 1 when one did not, 2 for a bad file. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { crypto } from '@countersign/crypto';
import { runChain, startOfStory } from './chain.ts';
import { type Conversation, parseConversations } from './conversations.ts';
import { Printer } from './print.ts';

const BUNDLED = fileURLToPath(new URL('../../data/conversations.jsonl', import.meta.url));

function readConversations(path: string): Conversation[] | null {
  try {
    return parseConversations(readFileSync(path, 'utf8'));
  } catch (error) {
    process.stderr.write(`${path}: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}

async function main(path: string): Promise<number> {
  const conversations = readConversations(path);
  if (conversations === null) return 2;
  const isColoured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const print = new Printer((line) => process.stdout.write(`${line}\n`), isColoured);
  const now = startOfStory(Math.floor(Date.now() / 1000));
  const startedMs = performance.now();
  const { checks, haveHeld, logSize } = await runChain(conversations, { now, random: crypto.randomBytes, print });
  print.line(`${logSize} entries in the log`);
  print.verdict(checks, performance.now() - startedMs);
  return haveHeld ? 0 : 1;
}

process.exitCode = await main(process.argv[2] ?? BUNDLED);

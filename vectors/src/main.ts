/**
 * `npm run vectors -- FILE...`: one JSON line for each file, reasons on stderr.
 * Exit 0 when every case of every file passed, 1 when a case failed or a file could not be run, 2 without a file.
 */
import { readFileSync } from 'node:fs';
import { parseVectorFile } from './file.ts';
import { ac1Ops } from './registry.ts';
import { runFile } from './runner.ts';

/** Whether every case passed. */
function run(file: string): boolean {
  const { passed, failures } = runFile(ac1Ops, parseVectorFile(readFileSync(file, 'utf8')));
  for (const { section, name, reason } of failures) process.stderr.write(`${file}: ${section}: ${name}: ${reason}\n`);
  const names = failures.map(({ section, name }) => `${section}: ${name}`);
  process.stdout.write(`${JSON.stringify({ file, passed, failed: failures.length, failures: names })}\n`);
  return failures.length === 0;
}

function main(files: readonly string[]): number {
  if (files.length === 0) {
    process.stderr.write('usage: npm run vectors -- FILE...\n');
    return 2;
  }
  let exitCode = 0;
  for (const file of files) {
    try {
      if (!run(file)) exitCode = 1;
    } catch (error) {
      process.stderr.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

process.exitCode = main(process.argv.slice(2));

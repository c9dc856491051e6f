/** `npm start`: from a fresh clone to the running demonstration; arguments go to it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ensureBuilt, ensureInstalled, ensureNode, fail, ROOT } from './bootstrap.mjs';

/** The program and its fixed arguments. */
const DEMONSTRATION = ['apps/cli/bin/countersign.js', 'up', '--demo'];

ensureNode();
ensureInstalled();
ensureBuilt();

const [program, ...fixed] = DEMONSTRATION;
if (!existsSync(join(ROOT, program))) fail(`The build made no ${program}.`);
const child = spawn(process.execPath, [join(ROOT, program), ...fixed, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
// The child ends in its own order; this process waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`${program} cannot be run: ${error.message}`));
child.on('exit', (code) => process.exit(code ?? 1));

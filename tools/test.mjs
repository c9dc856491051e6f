/** `npm test`: every test, browsers included, also in a fresh clone; arguments go to Vitest. Never skips for want of a browser. */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { ensureBuilt, ensureChromium, ensureInstalled, ensureNode, ROOT, run } from './bootstrap.mjs';
import { RESULTS } from './test-counts.mjs';

ensureNode();
ensureInstalled();
ensureBuilt();
const chromium = ensureChromium();

rmSync(RESULTS, { force: true });
mkdirSync(dirname(RESULTS), { recursive: true });
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS}`];
process.exitCode = run(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  env: { CHROMIUM: chromium },
});

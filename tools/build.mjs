/** `npm run build`: every package to its dist/ by `tsc -b`, then the pages of the apps by Vite where their sources are newer. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fail, ROOT, run } from './bootstrap.mjs';

/** Whose pages stand on these sources beside their own. */
const APPS = ['messenger', 'console'];
const SHARED_SOURCES = ['packages'];

const tool = (...path) => join(ROOT, 'node_modules', ...path);

/** The newest change below a folder, in milliseconds, of what a person writes. */
function newestMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['dist', 'node_modules', 'test'].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestMs(path) : statSync(path).mtimeMs);
  }
  return newest;
}

if (run(process.execPath, [tool('typescript', 'bin', 'tsc'), '-b']) !== 0) fail('tsc -b failed.');

const sharedMs = Math.max(...SHARED_SOURCES.map((folder) => newestMs(join(ROOT, folder))));
for (const app of APPS) {
  const folder = join(ROOT, 'apps', app);
  const page = join(folder, 'dist', 'pages', 'index.html');
  if (existsSync(page) && statSync(page).mtimeMs > Math.max(sharedMs, newestMs(folder))) continue;
  if (run(process.execPath, [tool('vite', 'bin', 'vite.js'), 'build', folder, '--logLevel', 'warn']) !== 0)
    fail(`The pages of ${app} failed to build.`);
}

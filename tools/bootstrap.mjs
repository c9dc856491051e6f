/** What has to be there before anything runs: a fitting Node, the dependencies, a build, and for tests a browser. Built-in modules only. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const NODE_MIN = [20, 19];
const ATTEMPTS_MAX = 4;
const FIRST_PAUSE_MS = 2_000;
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Ends the process with one sentence for a person. */
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Runs a program in the checkout with our own output; returns its exit code. Nothing waits for input. */
export function run(program, args, { env = {} } = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  return error === undefined ? (status ?? 1) : 127;
}

/** For what goes over a network: again after a growing pause. Returns whether it succeeded in the end. */
function runPatiently(program, args, options) {
  for (let attempt = 1; ; attempt++) {
    if (run(program, args, options) === 0) return true;
    if (attempt === ATTEMPTS_MAX) return false;
    const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1);
    process.stderr.write(`${program} ${args[0]} failed; once more in ${pauseMs / 1000} s\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
}

export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
    fail(`Node ${NODE_MIN.join('.')} or newer is needed; this is ${process.versions.node}.`);
  }
}

/** `npm ci`, unless what is installed is as new as the lock file. */
export function ensureInstalled() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs) return;
  process.stdout.write('Installing the dependencies (npm ci) ...\n');
  if (!runPatiently('npm', ['ci', '--no-audit', '--no-fund'])) fail('npm ci failed; the lines above say why.');
}

/** What `npm run build` does; a few seconds when nothing is stale. */
export function ensureBuilt() {
  if (run(process.execPath, [join(ROOT, 'tools', 'build.mjs')]) !== 0) fail('The build failed; the lines above say why.');
}

/** The path of a Chromium: `CHROMIUM`, or one on the PATH, or one installed now (root on Debian); otherwise says what to install and ends. */
export function ensureChromium() {
  const found = findChromium();
  if (found !== null) return found;
  if (process.env.CHROMIUM) fail(`CHROMIUM names ${process.env.CHROMIUM}, which cannot be run.`);
  if (process.getuid?.() === 0 && findProgram('apt-get') !== null) {
    process.stdout.write('Installing Chromium (apt-get) ...\n');
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    runPatiently('apt-get', ['update'], { env });
    runPatiently('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], { env });
  }
  return (
    findChromium() ??
    fail(
      'The tests need a browser and found none. Install Chromium (Debian, Ubuntu: `sudo apt-get install chromium`; macOS: ' +
        '`brew install --cask chromium`), or name one: `CHROMIUM=/path/to/chrome npm test`.',
    )
  );
}

function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) return isProgram(named) ? named : null;
  for (const name of BROWSERS) {
    const path = findProgram(name);
    if (path !== null) return path;
  }
  return null;
}

function findProgram(name) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

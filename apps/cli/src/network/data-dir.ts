/** A network's data directory: where `countersign up` keeps what, and which of it only its owner may read. */
import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { CliError } from '../failure.ts';

export interface DataDir {
  readonly path: string;
  /** Secrets in clear, mode 0700: keys of the officers and institutions, and the configuration of each process. */
  readonly bootstrap: string;
  /** network.json, public: the trust anchor and the addresses. Written last, so that its presence means a finished genesis. */
  readonly network: string;
  /** Order files. */
  readonly orders: string;
  /** What the processes say. */
  readonly logs: string;
  /** Process ids of the running services. */
  readonly run: string;
  /** The folder of one process's own data. */
  stateOf(name: string): string;
  configOf(name: string): string;
}

export function dataDir(path: string): DataDir {
  const root = resolve(path);
  const bootstrap = join(root, 'bootstrap');
  return {
    path: root,
    bootstrap,
    network: join(root, 'network.json'),
    orders: join(root, 'orders'),
    logs: join(root, 'logs'),
    run: join(root, 'run'),
    stateOf: (name) => join(root, name),
    configOf: (name) => join(bootstrap, 'config', `${name}.json`),
  };
}

const OWNER_ONLY_DIR = 0o700;
const OWNER_ONLY_FILE = 0o600;
const PUBLIC_FILE = 0o644;

/** Makes the folders. As root the outer one may be entered by the database server's account, the others by their owner alone. */
export async function makeDataDir(dir: DataDir): Promise<void> {
  await mkdir(dir.path, { recursive: true, mode: 0o711 });
  if (process.getuid?.() === 0) await chmod(dir.path, (await stat(dir.path)).mode | 0o011);
  for (const folder of [dir.bootstrap, join(dir.bootstrap, 'config'), dir.orders, dir.logs, dir.run])
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_DIR });
}

/** Replaces a file in one step: readers see the old one or the new one, also after a power cut. */
export async function writeJson(path: string, value: unknown, access: 'owner' | 'public' = 'owner'): Promise<void> {
  const fresh = join(dirname(path), `.${basename(path)}.new`);
  const file = await open(fresh, 'w', access === 'owner' ? OWNER_ONLY_FILE : PUBLIC_FILE);
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

/** The JSON of a file that `writeJson` made; null if there is none. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError('data.damaged', `${path} is damaged`, undefined, { cause });
  }
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

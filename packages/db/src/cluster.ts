/** A data folder on disk: where its parts are, and how initdb makes the cluster once. */
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Account, firstClosedFolder } from './account.ts';
import { DbError } from './error.ts';
import type { Programs } from './programs.ts';

/** The superuser: used by the supervisor only, to make databases and roles. */
export const ADMIN_ROLE = 'countersign_admin';

export interface DataFolder {
  /** PGDATA, owned by the server's account. */
  readonly cluster: string;
  /** Passwords, owned by the present user. */
  readonly secrets: string;
  /** Copies of the programs, if needed. */
  readonly programs: string;
  readonly log: string;
  readonly path: string;
}

/** Makes the outer folder and checks that the server's account can come in; `db.folder_unreachable` names the closed one. */
export async function openDataFolder(dataDir: string, account: Account | null): Promise<DataFolder> {
  const path = resolve(dataDir);
  await mkdir(path, { recursive: true, mode: account === null ? 0o700 : 0o711 });
  if (account !== null) {
    await chmod(path, 0o711);
    const closed = await firstClosedFolder(path, account);
    if (closed !== null)
      throw new DbError('db.folder_unreachable', `${closed} is closed to the server's account (uid ${account.uid})`);
  }
  return {
    path,
    cluster: join(path, 'cluster'),
    secrets: join(path, 'secrets.json'),
    programs: join(path, 'programs'),
    log: join(path, 'server.log'),
  };
}

/** Runs initdb if there is no cluster. It works in a folder beside it and renames at the end, so a killed run leaves nothing half made. */
export async function ensureCluster(
  folder: DataFolder,
  programs: Programs,
  account: Account | null,
  adminPassword: string,
): Promise<void> {
  if (await exists(join(folder.cluster, 'PG_VERSION'))) return;
  const fresh = `${folder.cluster}.new`;
  await rm(fresh, { recursive: true, force: true });
  await makeOwned(fresh, account);
  const passwordFile = join(fresh, 'password');
  try {
    await runInitdb(fresh, passwordFile, programs, account, adminPassword);
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    const { stderr, message } = cause as { stderr?: string; message: string };
    throw new DbError('db.init_failed', (stderr ?? message).trim(), { cause });
  }
  await rename(join(fresh, 'data'), folder.cluster);
  await rm(fresh, { recursive: true, force: true });
}

async function runInitdb(
  fresh: string,
  passwordFile: string,
  programs: Programs,
  account: Account | null,
  password: string,
): Promise<void> {
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== null) await chown(passwordFile, account.uid, account.gid);
  const args = [
    ...['-D', join(fresh, 'data'), '-L', programs.shareDir, '-U', ADMIN_ROLE],
    ...['--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8'],
    // The same order of text on every machine: the C library's locales differ and change.
    ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C', '--data-checksums'],
  ];
  await promisify(execFile)(programs.initdb, args, { cwd: fresh, env: loaderEnv(programs), ...account });
  await rm(passwordFile);
}

export async function makeOwned(path: string, account: Account | null): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (account !== null) await chown(path, account.uid, account.gid);
}

/** The whole environment of the server: nothing of ours is inherited. */
export function loaderEnv(programs: Programs): Record<string, string> {
  return { LD_LIBRARY_PATH: programs.libDir, DYLD_LIBRARY_PATH: programs.libDir, LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

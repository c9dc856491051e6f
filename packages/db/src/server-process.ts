/** The server as a child process: its settings, its start until it takes connections, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './account.ts';
import { type DataFolder, loaderEnv } from './cluster.ts';
import { DbError } from './error.ts';
import type { Programs } from './programs.ts';
import { isPassing, openPool } from './sql.ts';

/** Recovery after a crash counts as starting. */
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 25;
const RESTART_PAUSE_MS = 250;

export interface ServerPlace {
  readonly folder: DataFolder;
  readonly programs: Programs;
  /** The account to run as; null is the present user's. */
  readonly account: Account | null;
  readonly socketDir: string;
}

const SETTINGS = {
  // No network: only processes that may enter the socket's folder (mode 0700) can try a password.
  listen_addresses: '',
  unix_socket_permissions: '0700',
  password_encryption: 'scram-sha-256',
  max_connections: '100',
  // Rows are nobody's business in a log: no DETAIL, no parameters, no failed statements.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
  // Measured for the archive's search: compiling costs more than it saves, and the disks seek well.
  jit: 'off',
  random_page_cost: '1.1',
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
} as const;

/**
 * Starts the server and waits until it takes connections. Backends of a killed one may be at work still: they end with their statement,
 * and until then a new server refuses to start, which is waited out.
 */
export async function startServer(place: ServerPlace, adminUrl: string): Promise<ChildProcess> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const child = await spawnServer(place);
    if (await answers(child, adminUrl, deadline)) return child;
    await endServer(child);
    if (!(await readFile(place.folder.log, 'utf8')).includes(SHARED_MEMORY_IN_USE)) break;
    await delay(RESTART_PAUSE_MS);
  }
  throw new DbError('db.start_failed', `the server does not start or refuses its administrator; see ${place.folder.log}`);
}

/** Postgres's own words (`CreateLockFile`, `PGSharedMemoryCreate`), which no code tells apart from other fatal errors at the start. */
const SHARED_MEMORY_IN_USE = 'pre-existing shared memory block';

/** False if the server ends, refuses the administrator or is late. */
async function answers(child: ChildProcess, adminUrl: string, deadline: number): Promise<boolean> {
  const probe = openPool(adminUrl, { name: 'probe', connectionsMax: 1 });
  try {
    while (performance.now() < deadline && !hasEnded(child)) {
      try {
        await probe`select 1`;
        return true;
      } catch (error) {
        if (!isPassing(error)) return false;
        await delay(POLL_MS);
      }
    }
    return false;
  } finally {
    await probe.end({ timeout: 1 });
  }
}

async function spawnServer({ folder, programs, account, socketDir }: ServerPlace): Promise<ChildProcess> {
  await rename(folder.log, `${folder.log}.before`).catch(() => {});
  const log = await open(folder.log, 'a', 0o600);
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', folder.cluster, '-c', `unix_socket_directories=${socketDir}`, ...settings];
  const child = spawn(programs.postgres, args, {
    cwd: folder.cluster,
    env: loaderEnv(programs),
    // The log is a file and not a pipe, so that the server outlives its supervisor in good order.
    stdio: ['ignore', log.fd, log.fd],
    // A group of its own: Ctrl-C in a terminal must reach the services first.
    detached: true,
    ...account,
  });
  try {
    await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail));
  } catch (cause) {
    throw new DbError('db.start_failed', `${programs.postgres} cannot be run`, { cause });
  } finally {
    await log.close();
  }
  return child;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Settles when the process ends, or has ended. */
export function endOf(child: ChildProcess): Promise<void> {
  return hasEnded(child) ? Promise.resolve() : new Promise((done) => child.once('exit', () => done()));
}

/** Fast shutdown, and an immediate one (recovery at the next start) if that is late. */
export async function endServer(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = endOf(child);
  child.kill('SIGINT');
  const isLate = await Promise.race([ended, delay(STOP_TIMEOUT_MS, 'late' as const, { ref: false })]);
  if (isLate === 'late') child.kill('SIGQUIT');
  await ended;
}

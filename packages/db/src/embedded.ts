/** The embedded PostgreSQL server: a child process on a Unix socket, with passwords, that survives kill -9 of itself and of its parent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@countersign/crypto';
import { type Account, serverAccount } from './account.ts';
import { ADMIN_ROLE, type DataFolder, ensureCluster, loaderEnv, makeOwned, openDataFolder } from './cluster.ts';
import { DbError } from './error.ts';
import { clearLockFile, SUPERVISOR_LOCK } from './postmaster-pid.ts';
import { findPrograms, type Programs } from './programs.ts';
import { Secrets } from './secrets.ts';
import { isPassing, openPool, type Sql } from './sql.ts';

/** Recovery after a crash counts as starting. */
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 25;
/** sun_path of macOS less the name of the socket; Linux has four bytes more. */
const SOCKET_DIR_BYTES_MAX = 103 - '/.s.PGSQL.5432.lock'.length;

export interface EmbeddedServer {
  readonly secrets: Secrets;
  readonly pid: number;
  /** Settles when the server ends, whether it was asked to or not; a supervisor then starts it again. */
  readonly ended: Promise<void>;
  urlOf(role: string, password: string, database: string): string;
  /** Fast shutdown: open transactions roll back, everything committed is on disk. */
  stop(): Promise<void>;
}

/** Starts the server of `dataDir`, making the cluster at first use. One living supervisor a data folder: else `db.in_use`. */
export async function startEmbedded(dataDir: string, random: Random): Promise<EmbeddedServer> {
  const account = serverAccount();
  const folder = await openDataFolder(dataDir, account);
  const programs = await findPrograms(account, folder.programs);
  const secrets = await Secrets.open(folder.secrets, random);
  const adminPassword = await secrets.passwordOf(ADMIN_ROLE);
  const adminUrl = (socketDir: string) => socketUrl(socketDir, ADMIN_ROLE, adminPassword, 'postgres');

  await ensureCluster(folder, programs, account, adminPassword);
  await clearLockFile(folder.cluster, adminUrl);
  const socketDir = await makeSocketDir(folder, account);
  const child = await spawnServer(folder, programs, account, socketDir);
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const lock = openPool(adminUrl(socketDir), { name: 'supervisor', connectionsMax: 1, statementTimeoutMs: 0 });
  try {
    await takeSupervisorLock(lock, child, folder.log);
  } catch (error) {
    await lock.end({ timeout: 0 });
    await endChild(child, ended);
    await removeSocketDir(folder, socketDir);
    throw error;
  }
  return {
    secrets,
    pid: child.pid ?? 0,
    ended,
    urlOf: (role, password, database) => socketUrl(socketDir, role, password, database),
    async stop() {
      await lock.end({ timeout: 1 });
      await endChild(child, ended);
      await removeSocketDir(folder, socketDir);
    },
  };
}

/** Beside the cluster, or in a random folder of the system's when the path would be too long for a socket. */
async function makeSocketDir(folder: DataFolder, account: Account | null): Promise<string> {
  const beside = join(folder.path, 'socket');
  const socketDir = Buffer.byteLength(beside) <= SOCKET_DIR_BYTES_MAX ? beside : await mkdtemp(join(tmpdir(), 'countersign-'));
  await makeOwned(socketDir, account);
  return socketDir;
}

/** Only one in the system's folder; the one beside the cluster is used again. */
async function removeSocketDir(folder: DataFolder, socketDir: string): Promise<void> {
  if (!socketDir.startsWith(folder.path)) await rm(socketDir, { recursive: true, force: true });
}

/** libpq's form for a socket: the folder, escaped, stands as the host. */
function socketUrl(socketDir: string, role: string, password: string, database: string): string {
  return `postgres://${role}:${encodeURIComponent(password)}@${encodeURIComponent(socketDir)}/${database}`;
}

async function spawnServer(
  folder: DataFolder,
  programs: Programs,
  account: Account | null,
  socketDir: string,
): Promise<ChildProcess> {
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

/** Waits until the server takes connections, and marks it as held. */
async function takeSupervisorLock(lock: Sql, child: ChildProcess, log: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    try {
      await lock`select pg_advisory_lock(${SUPERVISOR_LOCK})`;
      return;
    } catch (error) {
      if (!isPassing(error))
        throw new DbError('db.start_failed', `the server refuses its administrator; see ${log}`, { cause: error });
      await delay(POLL_MS);
    }
  }
  throw new DbError('db.start_failed', `the server does not answer; see ${log}`);
}

async function endChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  const isLate = await Promise.race([ended, delay(STOP_TIMEOUT_MS, 'late' as const, { ref: false })]);
  if (isLate === 'late') child.kill('SIGQUIT');
  await ended;
}

/** The embedded PostgreSQL server: a child process on a Unix socket, with passwords, that survives kill -9 of itself and of its parent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '@countersign/crypto';
import { type Account, serverAccount } from './account.ts';
import { ADMIN_ROLE, type DataFolder, ensureCluster, makeOwned, openDataFolder } from './cluster.ts';
import { clearLockFile } from './postmaster-pid.ts';
import { findPrograms } from './programs.ts';
import { Secrets } from './secrets.ts';
import { endOf, endServer, startServer } from './server-process.ts';
import { supervise } from './supervision.ts';

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
  try {
    const child = await startServer({ folder, programs, account, socketDir }, adminUrl(socketDir));
    const ended = endOf(child);
    const supervision = await supervise(adminUrl(socketDir), ended);
    return {
      secrets,
      pid: child.pid ?? 0,
      ended,
      urlOf: (role, password, database) => socketUrl(socketDir, role, password, database),
      async stop() {
        await supervision.end();
        await endServer(child);
        await removeSocketDir(folder, socketDir);
      },
    };
  } catch (error) {
    await removeSocketDir(folder, socketDir);
    throw error;
  }
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

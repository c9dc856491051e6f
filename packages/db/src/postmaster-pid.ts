/** The lock file `postmaster.pid`: what a killed server or supervisor leaves, and how it is cleared without risk to the data. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { DbError } from './error.ts';
import { sqlState } from './sql.ts';
import { isHeld } from './supervision.ts';

const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 25;

/**
 * Makes the cluster free to start. A server that a living supervisor holds is `db.in_use`; an orphan of a killed supervisor is stopped.
 * A lock file whose process is another program by now (numbers are used again after a restart) gets our own number, which Postgres
 * passes over as its parent's: its second guard, the shared memory key in the same file, stays.
 */
export async function clearLockFile(cluster: string, adminUrl: (socketDir: string) => string): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return;
  const [pidLine, , , , socketDir] = text.split('\n');
  const pid = Number(pidLine);
  if (!Number.isSafeInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  if (await isPostgres(pid)) {
    if (await isHeld(adminUrl(socketDir ?? '')))
      throw new DbError('db.in_use', `process ${pid} serves ${cluster} for a living supervisor`);
    await stopProcess(pid);
  } else {
    await writeFile(path, text.replace(/^\d+/, String(process.pid)));
  }
}

/** Fast shutdown (SIGINT), and an immediate one (SIGQUIT: recovery at the next start) for a server that does not end in time. */
async function stopProcess(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(pid, signal);
    for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_MS) {
      if (!isAlive(pid)) return;
      await delay(POLL_MS);
    }
  }
  throw new DbError('db.in_use', `process ${pid} does not end`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return sqlState(error) === 'EPERM';
  }
}

/** Linux says the program's name; elsewhere any living process is taken for the server, and Postgres itself decides. */
async function isPostgres(pid: number): Promise<boolean> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => null);
  return name === null ? process.platform !== 'linux' : name.trim() === 'postgres';
}

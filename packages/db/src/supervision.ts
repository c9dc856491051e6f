/** The supervisor's lock: how a starting supervisor tells a server that is in use from an orphan of a killed one. */
import { setTimeout as delay } from 'node:timers/promises';
import { openPool, sqlState } from './sql.ts';

/** Held by the supervisor's own connection as long as it lives; a server without a holder is an orphan. */
const SUPERVISOR_LOCK = 0x436f5347;
const RETAKE_PAUSE_MS = 25;

/** Holds the supervisor's lock as long as the server runs, also after its connection broke (a crashed backend ends them all). */
export async function supervise(adminUrl: string, ended: Promise<void>): Promise<{ end(): Promise<void> }> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const sql = openPool(adminUrl, {
    name: 'supervisor',
    connectionsMax: 1,
    statementTimeoutMs: 0,
    onClose: () => {
      if (!isOver) void take();
    },
  });
  async function take(): Promise<void> {
    while (!isOver) {
      try {
        await sql`select pg_advisory_lock(${SUPERVISOR_LOCK})`;
        return;
      } catch {
        await delay(RETAKE_PAUSE_MS);
      }
    }
  }
  await take();
  return {
    async end() {
      isOver = true;
      await sql.end({ timeout: 1 });
    },
  };
}

/** Whether somebody holds the supervisor's lock. A postmaster that does not take connections (it stops, or is another one's) is not held. */
export async function isHeld(url: string): Promise<boolean> {
  const sql = openPool(url, { name: 'supervisor-check', connectionsMax: 1 });
  try {
    const [row] = await sql<{ free: boolean }[]>`select pg_try_advisory_lock(${SUPERVISOR_LOCK}) as free`;
    return row?.free !== true;
  } catch (error) {
    // A wrong password or missing database is an answer of a server that we do not own.
    return /^(28|3D)/.test(sqlState(error) ?? '');
  } finally {
    await sql.end({ timeout: 1 });
  }
}

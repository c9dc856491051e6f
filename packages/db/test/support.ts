/** A server in a folder of its own, and what the stories of this package share. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '@countersign/crypto';
import { onTestFinished, vi } from 'vitest';
import { openPool, type Sql } from '../src/index.ts';

// An initdb and a start, on a machine that has other work too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

export const random: Random = (length) => new Uint8Array(randomBytes(length));

/** Removed when the test or suite that `after` belongs to ends. */
export async function makeFolder(after: (remove: () => Promise<void>) => void = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-db-'));
  // A root's server runs under another account, which must be able to enter.
  await chmod(folder, 0o711);
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A pool that closes with the test. */
export function poolOf(url: string): Sql {
  const sql = openPool(url, { name: 'test', connectionsMax: 2 });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

/** Asks again until `isTrue`, for states that another process reaches; fails after `timeoutMs`. */
export async function until(isTrue: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('the awaited state did not come');
    await new Promise((resume) => setImmediate(resume));
  }
}

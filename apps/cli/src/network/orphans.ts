/** Processes that a killed supervisor left behind: they are ended before their successors start, so that no two write one folder. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../failure.ts';
import type { DataDir } from './data-dir.ts';
import { readPidFile, writePidFile } from './process-identity.ts';

const SUPERVISOR = 'supervisor.pid';
const END_MAX_MS = 6_000;
const POLL_MS = 25;

/** One supervisor a data directory: throws `data.in_use` while another one lives. Returns how to let go. */
export async function takeOver(dir: DataDir): Promise<() => Promise<void>> {
  const file = join(dir.run, SUPERVISOR);
  while (!(await isMade(file))) {
    const pid = await readPidFile(file);
    if (pid !== null) throw new CliError('data.in_use', `process ${pid} runs the network in ${dir.path} already`);
    await rm(file, { force: true });
  }
  await endOrphans(dir);
  return () => rm(file, { force: true });
}

async function isMade(file: string): Promise<boolean> {
  try {
    await writePidFile(file, process.pid, 'wx');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function endOrphans(dir: DataDir): Promise<void> {
  const files = (await readdir(dir.run)).filter((name) => name.endsWith('.pid') && name !== SUPERVISOR);
  await Promise.all(
    files.map(async (name) => {
      await endOrphan(join(dir.run, name));
      await rm(join(dir.run, name), { force: true });
    }),
  );
}

/** A service ends by itself when its supervisor is gone; one that hangs is killed. */
async function endOrphan(file: string): Promise<void> {
  const deadline = performance.now() + END_MAX_MS;
  for (let pid = await readPidFile(file); pid !== null; pid = await readPidFile(file)) {
    try {
      process.kill(pid, performance.now() < deadline ? 'SIGTERM' : 'SIGKILL');
    } catch {
      // It ended in this moment; the next look tells.
    }
    await delay(POLL_MS);
  }
}

/** One process at a time: a lock file that names its holder, and is void once that process is gone (killed ones leave it behind). */
import { open, readFile, rm } from 'node:fs/promises';
import { StoreError } from './error.ts';

const ATTEMPTS_MAX = 5;

/** Takes the lock and returns its release; `store.in_use` while a living process holds it. */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const holder = `${process.pid} ${await startOf(process.pid)}`;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(holder);
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = await readFile(path, 'utf8').catch(() => '');
    // An empty file is a lock being written, or one whose writer died in between: the next attempts tell.
    if (found === '' ? attempt < ATTEMPTS_MAX - 2 : await isAlive(found)) {
      if (found !== '') break;
      continue;
    }
    await rm(path, { force: true });
  }
  throw new StoreError('store.in_use');
}

async function isAlive(holder: string): Promise<boolean> {
  const [pid = '', start = ''] = holder.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A number is given to another process sooner or later; the time of its start is not.
  return start === (await startOf(Number(pid)));
}

/** The start of a process in ticks since boot, where the system tells (Linux); else empty. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

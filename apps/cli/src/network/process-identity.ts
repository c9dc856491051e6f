/** Which process a process id meant: ids are used again, so a pid file also holds when the process was born. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Field 22 of /proc/PID/stat, counted behind the name, which is the second and may hold anything but a closing bracket at its end. */
const BIRTH_AFTER_NAME = 19;
const STATE_AFTER_NAME = 0;

/** Birth of a living process as its system writes it; null where there is none, or a dead one that nobody has collected. */
async function birthOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat !== null) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[STATE_AFTER_NAME] === 'Z' ? null : (fields[BIRTH_AFTER_NAME] ?? null);
  }
  // Systems without /proc.
  const ps = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null);
  return ps?.stdout.trim() || null;
}

/** `flag` 'wx' fails with EEXIST if the file is there. */
export async function writePidFile(file: string, pid: number, flag: 'w' | 'wx' = 'w'): Promise<void> {
  await writeFile(file, `${pid} ${(await birthOf(pid)) ?? 'gone'}\n`, { flag, mode: 0o600 });
}

/** The process that the file names, if it still lives; a file that cannot be read names none. */
export async function readPidFile(file: string): Promise<number | null> {
  const [, pid, birth] = /^([1-9]\d{0,9}) (.+)\n$/.exec(await readFile(file, 'utf8').catch(() => '')) ?? [];
  return pid !== undefined && (await birthOf(Number(pid))) === birth ? Number(pid) : null;
}

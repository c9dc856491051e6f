/** A service that dies is started again; one that cannot start says so; one that is left behind is ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Child } from '../../src/network/child.ts';
import { type DataDir, dataDir, makeDataDir, writeJson } from '../../src/network/data-dir.ts';
import { takeOver } from '../../src/network/orphans.ts';
import { writePidFile } from '../../src/network/process-identity.ts';

const PROGRAM = fileURLToPath(new URL('service.mjs', import.meta.url));
const WAIT = { timeout: 10_000, interval: 20 };

let dir: DataDir;
let started: Child[];

beforeEach(async () => {
  dir = dataDir(await mkdtemp(join(tmpdir(), 'countersign-test-')));
  await makeDataDir(dir);
  started = [];
});
afterEach(() => Promise.all(started.map((child) => child.stop())));

async function makeChild(name: string, config: object): Promise<Child> {
  await writeJson(dir.configOf(name), config);
  const child = new Child({ name, program: PROGRAM, config: dir.configOf(name), logs: dir.logs, run: dir.run, note: () => {} });
  started.push(child);
  return child;
}

const isAlive = (pid: number | null): boolean => {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a supervised process', () => {
  it('that is killed is started again, as another process', async () => {
    const child = await makeChild('one', {});
    await child.start();
    const first = child.pid;
    process.kill(first as number, 'SIGKILL');
    await vi.waitFor(() => expect(child.restarts).toBe(1), WAIT);
    await vi.waitFor(() => expect(child.pid).not.toBeNull(), WAIT);
    expect(child.pid).not.toBe(first);
  });

  it('that ends before it is ready fails the start, with its name and the place of its words', async () => {
    const child = await makeChild('two', { endsWith: 2 });
    await expect(child.start()).rejects.toMatchObject({
      code: 'process.not_ready',
      message: expect.stringMatching(/two.*two\.log/),
    });
  });

  it('that is stopped stays stopped, and leaves no pid file', async () => {
    const child = await makeChild('three', {});
    await child.start();
    const { pid } = child;
    await child.stop();
    expect(isAlive(pid)).toBe(false);
    expect(child.restarts).toBe(0);
    expect(await readdir(dir.run)).toEqual([]);
  });
});

describe('taking over a data directory', () => {
  it('ends what a killed supervisor left behind', async () => {
    await writeJson(dir.configOf('left'), {});
    const orphan = spawn(process.execPath, [PROGRAM, dir.configOf('left')], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    await once(orphan.stdout, 'data');
    await writePidFile(join(dir.run, 'left.pid'), orphan.pid as number);
    const ended = once(orphan, 'exit');
    const letGo = await takeOver(dir);
    await ended;
    await letGo();
    expect(await readdir(dir.run)).toEqual([]);
  });

  it('leaves a stranger alone that has the process id by now', async () => {
    await writePidFile(join(dir.run, 'old.pid'), process.pid);
    const [pid] = (await readFile(join(dir.run, 'old.pid'), 'utf8')).split(' ');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(dir.run, 'old.pid'), `${pid} 1\n`);
    const letGo = await takeOver(dir);
    await letGo();
  });

  it('is refused while another supervisor lives', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000); console.log("up")'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(other.stdout, 'data');
    await writePidFile(join(dir.run, 'supervisor.pid'), other.pid as number);
    await expect(takeOver(dir)).rejects.toMatchObject({ code: 'data.in_use' });
    const ended = once(other, 'exit');
    other.kill('SIGKILL');
    await ended;
    const letGo = await takeOver(dir);
    await letGo();
  });
});

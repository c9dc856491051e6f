/** A witness that is killed while forks are offered has never cosigned two of them (C2SP tlog-witness, persistence). Run `tsc -b` first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addCheckpoint, configOf, treeOf } from '../log.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const KILLS = 5;
let dir: string;
let child: ChildProcess;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'witness-'));
  await writeFile(join(dir, 'config.json'), JSON.stringify(configOf(join(dir, 'state'))), { mode: 0o600 });
});
afterEach(async () => {
  child.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

async function start(): Promise<string> {
  child = spawn(process.execPath, [MAIN, join(dir, 'config.json')], { stdio: ['ignore', 'pipe', 'ignore'] });
  if (child.stdout === null) throw new Error('no stdout');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return (JSON.parse(line) as { urls: { public: string } }).urls.public;
}

test(`killed ${KILLS} times, it holds every size that it cosigned and no fork of it`, async () => {
  const entries: string[] = [];
  let cosigned = 0;
  for (let round = 0; round < KILLS; round++) {
    const url = await start();
    const killed = once(child, 'exit');
    const answers: Promise<void>[] = [];
    // Grow one log as fast as it goes, with a fork beside each step; the kill comes at an unknown place among them.
    for (let step = 0; step < 20; step++) {
      entries.push(`entry ${entries.length}`);
      const honest = treeOf(entries);
      const fork = treeOf([...entries.slice(0, -1), `fork ${step}`]);
      const offered = entries.length;
      const offer = addCheckpoint(url, honest, cosigned).then(
        ({ status }) => {
          if (status === 200) cosigned = offered;
        },
        () => {},
      );
      answers.push(offer);
      if (step === 5 + 3 * round) child.kill('SIGKILL');
      await offer;
      if (cosigned === offered) {
        const refused = await addCheckpoint(url, fork, offered).catch(() => null);
        if (refused !== null) expect(refused.status).toBe(422);
      }
    }
    await Promise.all(answers);
    await killed;
    // The entries that were not answered may or may not have been cosigned: the witness says how many it holds.
    const again = await start();
    const { status, body } = await addCheckpoint(again, treeOf(entries), 0);
    const held = status === 409 ? Number(body) : 0;
    expect(held).toBeGreaterThanOrEqual(cosigned);
    expect((await addCheckpoint(again, treeOf([...entries.slice(0, held - 1), 'fork']), held)).status).toBe(422);
    const grown = await addCheckpoint(again, treeOf(entries), held);
    expect(grown.status).toBe(200);
    cosigned = entries.length;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}, 60_000);

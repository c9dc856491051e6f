/** Stories: what was committed is there after kill -9 of the server, of its supervisor, and of a copy at work. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { type Database, openDatabase } from '../../src/index.ts';
import { makeFolder, random, until } from '../support.ts';

async function open(dataDir: string): Promise<Database> {
  const database = await openDatabase({ dataDir }, random);
  onTestFinished(() => database.close());
  return database;
}

async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8'), 10);
}

test('a killed server starts again with every committed row', async () => {
  const dataDir = await makeFolder();
  const first = await open(dataDir);
  await first.admin`create table kept (id integer primary key)`;
  const acknowledged: number[] = [];
  const writing = (async () => {
    for (let id = 0; ; id++) {
      await first.admin`insert into kept values (${id})`;
      acknowledged.push(id);
    }
  })().catch(() => {});
  await until(() => acknowledged.length >= 50);
  process.kill(await postmasterPid(dataDir), 'SIGKILL');
  await first.ended;
  await first.close();
  await writing;

  const second = await open(dataDir);
  const ids = (await second.admin<{ id: number }[]>`select id from kept order by id`).map((row) => row.id);
  expect(ids.slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(ids.length - acknowledged.length).toBeLessThanOrEqual(1);
});

test('a killed server whose backend is still at work starts again when that has ended', async () => {
  const dataDir = await makeFolder();
  const first = await open(dataDir);
  const [backend] = await first.admin<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const working = first.admin`select count(*) from generate_series(1, 30000000)`.catch(() => {});
  await until(
    async () =>
      (await first.admin`select from pg_stat_activity where pid = ${backend?.pid ?? 0} and state = 'active'`).length === 1,
  );
  process.kill(await postmasterPid(dataDir), 'SIGKILL');
  await first.ended;
  await first.close();
  await working;
  expect(await (await open(dataDir)).admin`select 1 as one`).toEqual([{ one: 1 }]);
});

test("the supervisor's lock is taken again after a crash of a backend", async () => {
  const dataDir = await makeFolder();
  const { admin } = await open(dataDir);
  const holder = async () =>
    (await admin<{ pid: number }[]>`select pid from pg_locks where locktype = 'advisory' and granted`)[0]?.pid;
  const before = await holder();
  process.kill(before ?? 0, 'SIGKILL');
  await until(async () => {
    const now = await holder().catch(() => undefined);
    return now !== undefined && now !== before;
  });
  await expect(openDatabase({ dataDir }, random)).rejects.toMatchObject({ code: 'db.in_use' });
});

test('a second supervisor is refused while the first one lives', async () => {
  const dataDir = await makeFolder();
  const first = await open(dataDir);
  await expect(openDatabase({ dataDir }, random)).rejects.toMatchObject({ code: 'db.in_use' });
  expect(await first.admin`select 1 as one`).toEqual([{ one: 1 }]);
});

test("the server of a killed supervisor is stopped and started anew, as the new one's own", async () => {
  const dataDir = await makeFolder();
  const program = `
    import { randomBytes } from 'node:crypto';
    import { openDatabase } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
    const { admin } = await openDatabase({ dataDir: process.argv[1] }, randomBytes);
    await admin\`create table kept as select 7 as id\`;
    process.kill(process.pid, 'SIGKILL');
  `;
  const node = [...['--conditions=source', '--import', 'tsx', '--input-type=module'], ...['--eval', program, dataDir]];
  const supervisor = spawn(process.execPath, node, { stdio: ['ignore', 'ignore', 'inherit'] });
  expect(await once(supervisor, 'exit')).toEqual([null, 'SIGKILL']);
  const orphan = await postmasterPid(dataDir);

  const second = await open(dataDir);
  expect(await postmasterPid(dataDir)).not.toBe(orphan);
  expect(await second.admin`select id from kept`).toEqual([{ id: 7 }]);
});

test('a lock file that names a stranger by now does not keep it from starting', async () => {
  const dataDir = await makeFolder();
  const first = await open(dataDir);
  const path = join(dataDir, 'cluster', 'postmaster.pid');
  const lockFile = await readFile(path, 'utf8');
  await first.close();
  const stranger = spawn(process.execPath, ['--eval', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    ...account(),
  });
  onTestFinished(() => void stranger.kill());
  await writeFile(path, lockFile.replace(/^\d+/, String(stranger.pid)));

  const second = await open(dataDir);
  expect(await second.admin`select 1 as one`).toEqual([{ one: 1 }]);
});

test('an initdb that was killed halfway is done again', async () => {
  const dataDir = await makeFolder();
  await mkdir(join(dataDir, 'cluster.new', 'data'), { recursive: true });
  await writeFile(join(dataDir, 'cluster.new', 'data', 'PG_VERSION'), '18\n');
  expect(await (await open(dataDir)).admin`select 1 as one`).toEqual([{ one: 1 }]);
});

test('a data folder with a long path gets its socket elsewhere', async () => {
  const dataDir = join(await makeFolder(), 'long'.repeat(30));
  expect(await (await open(dataDir)).admin`select 1 as one`).toEqual([{ one: 1 }]);
});

test('secrets that others may read are refused', async () => {
  const dataDir = await makeFolder();
  await (await open(dataDir)).close();
  await chmod(join(dataDir, 'secrets.json'), 0o644);
  await expect(openDatabase({ dataDir }, random)).rejects.toMatchObject({ code: 'db.secrets_invalid' });
});

test.runIf(process.getuid?.() === 0)("as root, a folder that is closed to the server's account is named", async () => {
  const closed = join(await makeFolder(), 'closed');
  await mkdir(closed, { mode: 0o700 });
  const opening = openDatabase({ dataDir: join(closed, 'data') }, random);
  await expect(opening).rejects.toMatchObject({ code: 'db.folder_unreachable', message: expect.stringContaining(closed) });
});

/** As the server sees it: a process of another account is no rival, so the stranger must be of the same one. */
function account(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
}

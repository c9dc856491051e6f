/** Stories: a schema grows by numbered files, all or none, and history cannot be edited. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Database, migrate, openDatabase, provision } from '../../src/index.ts';
import { makeFolder, poolOf, random } from '../support.ts';

let database: Database;
let count = 0;

beforeAll(async () => {
  let remove = async () => {};
  database = await openDatabase(
    {
      dataDir: await makeFolder((action) => {
        remove = action;
      }),
    },
    random,
  );
  return async () => {
    await database.close();
    await remove();
  };
});

/** A new database and a folder with `files`. */
async function makeCase(files: Readonly<Record<string, string>>): Promise<{ url: string; folder: string }> {
  count += 1;
  const { ownerUrl } = await provision(database, { database: `story${count}`, roles: [] }, random);
  const folder = await makeFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { url: ownerUrl, folder };
}

const FIRST = { '0001-first.sql': 'create table a (id integer);\ncreate table b (id integer);\n' };

test('applies what is pending, once', async () => {
  const { url, folder } = await makeCase(FIRST);
  expect(await migrate(url, folder)).toEqual(['first']);
  expect(await migrate(url, folder)).toEqual([]);
  await writeFile(join(folder, '0002-second.sql'), 'drop table b;');
  expect(await migrate(url, folder)).toEqual(['second']);
});

test('two processes that start together apply it once', async () => {
  const { url, folder } = await makeCase(FIRST);
  const applied = await Promise.all([migrate(url, folder), migrate(url, folder), migrate(url, folder)]);
  expect(applied.flat()).toEqual(['first']);
});

test('applies nothing if one file fails', async () => {
  const { url, folder } = await makeCase({ ...FIRST, '0002-broken.sql': 'create table c (id integer); select 1 / 0;' });
  await expect(migrate(url, folder)).rejects.toMatchObject({ code: '22012' });
  expect(await poolOf(url)`select to_regclass('a') as a`).toEqual([{ a: null }]);
});

test('refuses a file that was changed after it was applied', async () => {
  const { url, folder } = await makeCase(FIRST);
  await migrate(url, folder);
  await writeFile(join(folder, '0001-first.sql'), `${FIRST['0001-first.sql']}-- harmless\n`);
  await expect(migrate(url, folder)).rejects.toMatchObject({ code: 'db.migration_changed' });
});

test('takes other line ends for the same file', async () => {
  const { url, folder } = await makeCase(FIRST);
  await migrate(url, folder);
  await writeFile(join(folder, '0001-first.sql'), FIRST['0001-first.sql'].replaceAll('\n', '\r\n'));
  expect(await migrate(url, folder)).toEqual([]);
});

test('refuses to run an older program on newer data', async () => {
  const { url, folder } = await makeCase({ ...FIRST, '0002-second.sql': 'drop table b;' });
  await migrate(url, folder);
  const older = await makeFolder();
  await writeFile(join(older, '0001-first.sql'), FIRST['0001-first.sql']);
  await expect(migrate(url, older)).rejects.toMatchObject({ code: 'db.migration_unknown' });
});

test.each([
  ['a gap', { '0002-second.sql': '' }],
  ['two of one number', { '0001-a.sql': '', '0001-b.sql': '' }],
  ['a stray file', { ...FIRST, 'notes.txt': '' }],
  ['a file that ends the transaction', { '0001-commit.sql': 'create table a (id integer); commit; begin;' }],
])('refuses %s', async (_, files) => {
  const { url, folder } = await makeCase(files);
  await expect(migrate(url, folder)).rejects.toMatchObject({ code: 'db.migration_invalid' });
});

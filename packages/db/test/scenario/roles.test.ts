/** Stories: each service reaches its own database and tables, and nothing else. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Database, migrate, openDatabase, type Provisioned, provision, transact } from '../../src/index.ts';
import { makeFolder, poolOf, random } from '../support.ts';

const MIGRATION = `
  create table letter (id integer primary key, body text not null);
  create table ledger (id integer primary key);
  create function purge() returns void language sql security definer as 'delete from letter';
  grant select, insert on letter to delivery;
  grant select on ledger to delivery_metrics;
`;

let dataDir: string;
let database: Database;
let delivery: Provisioned;
let review: Provisioned;

beforeAll(async () => {
  const removals: (() => Promise<void>)[] = [];
  dataDir = await makeFolder((remove) => removals.push(remove));
  database = await openDatabase({ dataDir }, random);
  delivery = await provision(database, { database: 'delivery', roles: ['delivery', 'delivery_metrics'] }, random);
  review = await provision(database, { database: 'review', roles: ['review'] }, random);
  const folder = join(dataDir, 'migrations');
  await mkdir(folder);
  await writeFile(join(folder, '0001-letters.sql'), MIGRATION);
  await migrate(delivery.ownerUrl, folder);
  return async () => {
    await database.close();
    for (const remove of removals) await remove();
  };
});

function urlOf(provisioned: Provisioned, role: string): string {
  return provisioned.urls.get(role) ?? '';
}

describe('a service role', () => {
  test('reads and writes what a migration granted', async () => {
    const sql = poolOf(urlOf(delivery, 'delivery'));
    await sql`insert into letter values (1, 'sealed')`;
    expect(await sql`select body from letter`).toEqual([{ body: 'sealed' }]);
  });

  test.each([
    ['update what it may only add to', `update letter set body = 'x'`],
    ['delete', 'delete from letter'],
    ["read another process's table", 'select * from ledger'],
    ['read the list of migrations', 'select * from schema_migration'],
    ['call a function that nobody granted', 'select purge()'],
    ['create a table', 'create table mine (id integer)'],
    ['create a temporary table', 'create temporary table mine (id integer)'],
    ['create a database', 'create database mine'],
    ['create a role', 'create role mine'],
    ['become the owner', 'set role delivery_owner'],
    ['run a program on the server', `copy letter from program 'id'`],
    ['read a file of the server', `select pg_read_file('postgresql.conf')`],
    ['read password verifiers', 'select * from pg_authid'],
  ])('may not %s', async (_, statement) => {
    const sql = poolOf(urlOf(delivery, 'delivery'));
    await expect(sql.unsafe(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test.each(['delivery', 'postgres', 'template1'])('of review may not connect to the database %s', async (name) => {
    const sql = poolOf(urlOf(review, 'review').replace(/review$/, name));
    await expect(sql`select 1`).rejects.toMatchObject({ code: '42501' });
  });

  test('is refused with a wrong password', async () => {
    const sql = poolOf(urlOf(delivery, 'delivery').replace(/:[^:@]*@/, ':guess@'));
    await expect(sql`select 1`).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('the owner', () => {
  test('is no superuser', async () => {
    const sql = poolOf(delivery.ownerUrl);
    await expect(sql.unsafe('create role mine')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('provision', () => {
  test('can be repeated, and keeps the passwords', async () => {
    const again = await provision(database, { database: 'delivery', roles: ['delivery', 'delivery_metrics'] }, random);
    expect(again).toEqual(delivery);
    expect(await poolOf(urlOf(again, 'delivery'))`select count(*) from letter`).toHaveLength(1);
  });

  test('refuses a name that would need quoting', async () => {
    const spec = { database: 'x; drop database delivery', roles: [] };
    await expect(provision(database, spec, random)).rejects.toMatchObject({ code: 'db.name_invalid' });
  });

  test('works through the URL of an operator, who need not be a superuser', async () => {
    await database.admin.unsafe(`create role operator login createdb createrole password 'handed-over'`);
    await database.admin.unsafe('grant connect on database postgres to operator');
    const databaseUrl = `${database.urlOf('operator', 'handed-over', 'postgres')}?application_name=x`;
    const external = await openDatabase({ databaseUrl, secretsDir: await makeFolder() }, random);
    const spec = { database: 'audit', roles: ['audit'] };
    const audit = await provision(external, spec, random);
    expect(await provision(external, spec, random)).toEqual(audit);
    expect(audit.ownerUrl).toContain('application_name=x');
    expect(await poolOf(urlOf(audit, 'audit'))`select current_user::text as me`).toEqual([{ me: 'audit' }]);
    await external.close();
  });
});

describe('the server', () => {
  test('listens on no network address', async () => {
    expect(await database.admin`select setting from pg_settings where name = 'listen_addresses'`).toEqual([{ setting: '' }]);
  });

  test('keeps passwords in a file of the owner alone, and none in its log', async () => {
    expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600);
    const secrets = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'));
    const log = await readFile(join(dataDir, 'server.log'), 'utf8');
    for (const password of Object.values<string>(secrets)) expect(log).not.toContain(password);
  });

  test('writes no row into its log when a statement fails', async () => {
    const sql = poolOf(urlOf(delivery, 'delivery'));
    const canary = 'canary-7c1f';
    await expect(sql`insert into letter values (7, ${canary}), (7, ${canary})`).rejects.toMatchObject({ code: '23505' });
    await expect(sql.unsafe(`insert into letter values (7, '${canary}'), (7, '')`)).rejects.toMatchObject({ code: '23505' });
    expect(await readFile(join(dataDir, 'server.log'), 'utf8')).not.toContain(canary);
  });

  test.runIf(process.getuid?.() === 0)('does not run as root', async () => {
    expect((await stat(join(dataDir, 'cluster'))).uid).toBe(65534);
  });

  test('checks its pages', async () => {
    expect(await database.admin`select current_setting('data_checksums') as is_on`).toEqual([{ is_on: 'on' }]);
  });
});

describe('transact', () => {
  test('runs the work again when two transactions collide (SQLSTATE class 40)', async () => {
    const sql = poolOf(delivery.ownerUrl);
    await sql`insert into ledger values (10), (20)`;
    const bothRead = barrier(2);
    let attempts = 0;
    const move = (from: number) =>
      transact(sql, random, async (tx) => {
        await tx`set transaction isolation level serializable`;
        attempts += 1;
        const rows = await tx`select id from ledger`;
        if (attempts <= 2) await bothRead();
        await tx`update ledger set id = ${from + 1} where id = ${from}`;
        return rows.length;
      });
    expect(await Promise.all([move(10), move(20)])).toEqual([2, 2]);
    expect(attempts).toBe(3);
    expect(await sql`select id from ledger order by id`).toEqual([{ id: 11 }, { id: 21 }]);
  });

  test('does not repeat a fault of the work itself', async () => {
    let attempts = 0;
    const work = transact(poolOf(delivery.ownerUrl), random, async (tx) => {
      attempts += 1;
      await tx`select 1 / 0`;
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
    expect(attempts).toBe(1);
  });
});

/** Resolves for all callers when `count` have come. */
function barrier(count: number): () => Promise<void> {
  let waiting = count;
  let open = () => {};
  const opened = new Promise<void>((done) => {
    open = done;
  });
  return () => {
    waiting -= 1;
    if (waiting === 0) open();
    return opened;
  };
}

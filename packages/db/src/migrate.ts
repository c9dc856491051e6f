/** Plain SQL migrations: `0001-name.sql` upwards, applied once, in order, all or none, and never changed afterwards. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DbError } from './error.ts';
import { openPool, type Transaction } from './sql.ts';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** Of the file's text with its line ends made `\n`, so that a checkout on another system is the same migration. */
  readonly sha256: Buffer;
}

/** Any number that nothing else in a database of ours takes; the lock keeps two starting processes apart. */
const MIGRATION_LOCK = 0x6d696772;
const FILE_NAME = /^(\d{4})-([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/;

/**
 * Brings the database behind `ownerUrl` to the state of `folder`, in one transaction; returns the names it applied. A file may not end
 * the transaction, so `create index concurrently` has no place in one.
 */
export async function migrate(ownerUrl: string, folder: string): Promise<readonly string[]> {
  const migrations = await readMigrations(folder);
  const sql = openPool(ownerUrl, { name: 'migrate', connectionsMax: 1, statementTimeoutMs: 0 });
  try {
    return (await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
      const applied = await appliedCount(tx, migrations);
      const pending = migrations.slice(applied);
      for (const migration of pending) await apply(tx, migration);
      return pending.map(({ name }) => name);
    })) as readonly string[];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The files of `folder` in order. `db.migration_invalid` unless the numbers run from 1 without a gap; other files are not passed over. */
async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const [, digits, name] = FILE_NAME.exec(file) ?? [];
      if (digits === undefined || name === undefined)
        throw new DbError('db.migration_invalid', `${file} is not named 0001-name.sql`);
      if (Number(digits) !== index + 1) throw new DbError('db.migration_invalid', `${file} should have the number ${index + 1}`);
      const sql = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n');
      return { number: index + 1, name, sql, sha256: createHash('sha256').update(sql).digest() };
    }),
  );
}

/** How many are applied already, after each was found unchanged. */
async function appliedCount(tx: Transaction, migrations: readonly Migration[]): Promise<number> {
  await tx`create table if not exists schema_migration (
    number     integer     primary key,
    name       text        not null,
    sha256     bytea       not null,
    applied_at timestamptz not null default now()
  )`;
  const rows = await tx<
    { number: number; name: string; sha256: Buffer }[]
  >`select number, name, sha256 from schema_migration order by number`;
  for (const row of rows) {
    const file = migrations[row.number - 1];
    if (file === undefined)
      throw new DbError('db.migration_unknown', `the database has migration ${row.number} (${row.name}), this program does not`);
    if (!row.sha256.equals(file.sha256))
      throw new DbError('db.migration_changed', `migration ${row.number} (${file.name}) was applied with another text`);
  }
  return rows.length;
}

async function apply(tx: Transaction, migration: Migration): Promise<void> {
  const before = await transactionId(tx);
  await tx.unsafe(migration.sql);
  if ((await transactionId(tx)) !== before)
    throw new DbError('db.migration_invalid', `${migration.name} ends its own transaction`);
  await tx`insert into schema_migration (number, name, sha256) values (${migration.number}, ${migration.name}, ${migration.sha256})`;
}

async function transactionId(tx: Transaction): Promise<string | undefined> {
  const [row] = await tx<{ id: string }[]>`select pg_current_xact_id()::text as id`;
  return row?.id;
}

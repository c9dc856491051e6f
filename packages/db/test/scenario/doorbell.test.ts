/** Stories: a listener hears each committed batch, folds rings together, and looks again after a broken connection. */
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Database, listenDoorbell, openDatabase, ringDoorbell, type Sql } from '../../src/index.ts';
import { makeFolder, random, until } from '../support.ts';

let database: Database;
let sql: Sql;

beforeAll(async () => {
  let remove = async () => {};
  const dataDir = await makeFolder((action) => {
    remove = action;
  });
  database = await openDatabase({ dataDir }, random);
  sql = database.admin;
  return async () => {
    await database.close();
    await remove();
  };
});

async function listen(channel: string, answer: () => Promise<void>, onError: (error: unknown) => void = () => {}): Promise<void> {
  const bell = await listenDoorbell(sql, channel, answer, onError);
  onTestFinished(() => bell.close());
}

test('is answered once at the start, and after each committed ring', async () => {
  let answers = 0;
  await listen('first', async () => {
    answers += 1;
  });
  await until(() => answers === 1);
  await sql.begin((tx) => ringDoorbell(tx, 'first'));
  await until(() => answers === 2);
});

test('a rolled back batch does not ring', async () => {
  let answers = 0;
  await listen('second', async () => {
    answers += 1;
  });
  const failed = sql.begin(async (tx) => {
    await ringDoorbell(tx, 'second');
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  await ringDoorbell(sql, 'second');
  await until(() => answers === 2);
});

test('rings during an answer are folded into one more, never two at a time', async () => {
  let answers = 0;
  let running = 0;
  let mostRunning = 0;
  let release = () => {};
  await listen('third', async () => {
    answers += 1;
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    if (answers === 1) {
      await new Promise<void>((done) => {
        release = done;
      });
    }
    running -= 1;
  });
  let heard = 0;
  const { unlisten } = await sql.listen('third', () => {
    heard += 1;
  });
  onTestFinished(() => unlisten());
  for (let ring = 0; ring < 5; ring++) await ringDoorbell(sql, 'third');
  await until(() => heard === 5);
  release();
  await until(() => answers === 2 && running === 0);
  expect(mostRunning).toBe(1);
});

test('goes on after an answer that failed, and says so', async () => {
  let answers = 0;
  const errors: unknown[] = [];
  await listen(
    'fourth',
    async () => {
      answers += 1;
      if (answers === 1) throw new Error('first answer');
    },
    (error) => errors.push(error),
  );
  await until(() => errors.length === 1);
  await ringDoorbell(sql, 'fourth');
  await until(() => answers === 2);
});

test('looks again after its connection broke', async () => {
  let answers = 0;
  await listen('fifth', async () => {
    answers += 1;
  });
  await until(() => answers === 1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'`;
  await until(() => answers === 2);
});

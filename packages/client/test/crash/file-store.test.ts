/** The file store under kill -9, torn ends, wrong keys, changed bytes and two processes at once. */
import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fromUtf8, toUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveStoreKey, openFileStore, readKeyFile } from '../../src/node/index.ts';

const key = crypto.sha256(fromUtf8('seed'));
const random = crypto.randomBytes;
const WRITER = new URL('./writer.ts', import.meta.url).pathname;

describe('a file store', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'countersign-store-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  const openStore = () => openFileStore({ dir, key, random });
  const put = (name: string, text: string) => [{ table: 'row', key: name, value: fromUtf8(text) }];

  it('loses no acknowledged commit and shows none by half when its process is killed', { timeout: 120_000 }, async () => {
    let acknowledged = 0;
    for (let round = 0; round < 8; round++) {
      acknowledged = await writeUntilKilled(dir, 60 + round * 11);
      const store = await openStore();
      const count = Number(toUtf8((await store.get('meta', 'count')) as Uint8Array));
      expect(count).toBeGreaterThanOrEqual(acknowledged);
      const last = (await store.get('row', `${count % 50} count`)) as Uint8Array;
      expect(new DataView(last.buffer, last.byteOffset).getBigUint64(0)).toBe(BigInt(count));
      await store.close();
    }
    // It was rewritten on the way: 50 rows of 20 kB in about a thousand commits.
    expect((await stat(join(dir, 'store'))).size).toBeLessThan(12 << 20);
    expect(acknowledged).toBeGreaterThan(500);
  });

  it('cuts off a torn end at every length', { timeout: 60_000 }, async () => {
    const store = await openStore();
    await store.commit(put('a', 'kept'));
    const whole = (await stat(join(dir, 'store'))).size;
    await store.commit(put('a', 'torn'));
    const end = (await stat(join(dir, 'store'))).size;
    await store.close();
    const bytes = await readFile(join(dir, 'store'));
    for (let length = whole; length < end; length++) {
      await writeFile(join(dir, 'store'), bytes);
      await truncate(join(dir, 'store'), length);
      const again = await openStore();
      expect(toUtf8((await again.get('row', 'a')) as Uint8Array)).toBe('kept');
      await again.close();
    }
  });

  it('refuses a byte that was changed before its end', async () => {
    const store = await openStore();
    await store.commit(put('a', 'one'));
    const at = (await stat(join(dir, 'store'))).size - 1;
    await store.commit(put('a', 'two'));
    await store.close();
    const file = await open(join(dir, 'store'), 'r+');
    const byte = new Uint8Array(1);
    await file.read(byte, 0, 1, at);
    await file.write(Uint8Array.of((byte[0] as number) ^ 1), 0, 1, at);
    await file.close();
    await expect(openStore()).rejects.toMatchObject({ code: 'store.damaged' });
  });

  it('opens with its key alone', { timeout: 60_000 }, async () => {
    const store = await openStore();
    await store.commit(put('a', 'canary in the mine'));
    await store.close();
    await expect(openFileStore({ dir, key: crypto.sha256(fromUtf8('other')), random })).rejects.toMatchObject({
      code: 'store.key_wrong',
    });
    expect((await readFile(join(dir, 'store'))).includes('canary')).toBe(false);
    const salt = join(dir, 'salt');
    const derived = await deriveStoreKey('correct horse', salt, random);
    expect(await deriveStoreKey('correct horse', salt, random)).toEqual(derived);
    expect(await deriveStoreKey('wrong horse', salt, random)).not.toEqual(derived);
    const made = await readKeyFile(join(dir, 'key'), random);
    expect(await readKeyFile(join(dir, 'key'), random)).toEqual(made);
    expect((await stat(join(dir, 'key'))).mode & 0o077).toBe(0);
  });

  it('belongs to one process at a time', async () => {
    const store = await openStore();
    await expect(openStore()).rejects.toMatchObject({ code: 'store.in_use' });
    await store.close();
    await (await openStore()).close();
  });

  it('scans by prefix, from a place, and backwards', async () => {
    const store = await openStore();
    for (const name of ['b/2', 'a/1', 'b/1', 'b/3', 'c/1']) await store.commit(put(name, name));
    const keys = async (options: Parameters<typeof store.scan>[1]) => (await store.scan('row', options)).map((row) => row.key);
    expect(await keys({ prefix: 'b/' })).toEqual(['b/1', 'b/2', 'b/3']);
    expect(await keys({ prefix: 'b/', after: 'b/1', limit: 1 })).toEqual(['b/2']);
    expect(await keys({ prefix: 'b/', reverse: true, after: 'b/3' })).toEqual(['b/2', 'b/1']);
    await store.commit([{ table: 'row', key: 'b/2', value: null }]);
    expect(await keys({ prefix: 'b/' })).toEqual(['b/1', 'b/3']);
    await store.close();
  });
});

/** Runs the writer until it has acknowledged `commits` more, kills it, and returns the last count that it acknowledged. */
function writeUntilKilled(dir: string, commits: number): Promise<number> {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', WRITER, dir, 'seed'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = 0;
  let last = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = Number(line);
    seen += 1;
    if (seen === commits) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => (seen >= commits ? resolve(last) : reject(new Error('the writer ended by itself'))));
  });
}

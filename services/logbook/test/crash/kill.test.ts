/**
 * The logbook killed during concurrent appends: what it acknowledged is there, at its index, and its published size never goes back
 * (PROTOCOL 11.2, "appended"; docs/network.md, logbook). Run `tsc -b` first: the process is started from dist.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { equal, toHex } from '@countersign/bytes';
import { EntryType } from '@countersign/custody';
import { anchorPolicy } from '@countersign/service';
import { changedBundles, entryHash, formatTilePath, merkleRoot, parseEntryBundle, verifyCheckpoint } from '@countersign/tlog';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  anchorAt,
  append,
  custodyKeyBytes,
  entryOf,
  genesis,
  nowS,
  profileBytes,
  seedOf,
  TestWitness,
  until,
  WITNESSES,
} from '../network.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const KILLS = 10;
const WRITERS = 8;

let dir: string;
let child: ChildProcess;
let witnesses: TestWitness[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'logbook-kill-'));
  witnesses = WITNESSES.map((name) => new TestWitness(name, nowS));
  const anchor = anchorAt('http://127.0.0.1:1');
  const config = {
    network: {
      network_id: toHex(anchor.networkId),
      root_key: toHex(anchor.rootKey),
      log: { origin: anchor.log.origin, key: toHex(anchor.log.key), url: anchor.log.url },
      witnesses: anchor.witnesses.map(({ name, key }) => ({ name, key: toHex(key) })),
      witness_w: anchor.witnessW,
    },
    listen: { host: '127.0.0.1', public_port: 0, private_port: 0 },
    dir: join(dir, 'state'),
    key_seed: toHex(seedOf('log')),
    witness_urls: await Promise.all(witnesses.map((witness) => witness.listen())),
    genesis: {
      relay_keys: genesis.filter(({ kind }) => kind === 'relay').map(({ key }) => toHex(key)),
      custodian_keys: genesis.filter(({ kind }) => kind === 'custodian').map(({ key }) => toHex(key)),
      authorities: genesis.filter(({ kind }) => kind === 'authority').map(({ key, roles }) => ({ key: toHex(key), roles })),
    },
    filler_s: 0,
  };
  await writeFile(join(dir, 'config.json'), JSON.stringify(config), { mode: 0o600 });
});
afterEach(async () => {
  child.kill('SIGKILL');
  await Promise.all(witnesses.map((witness) => witness.close()));
  await rm(dir, { recursive: true, force: true });
});

async function start(): Promise<{ readonly public: string; readonly private: string }> {
  child = spawn(process.execPath, [MAIN, join(dir, 'config.json')], { stdio: ['ignore', 'pipe', 'ignore'] });
  if (child.stdout === null) throw new Error('no stdout');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return (JSON.parse(line) as { urls: { public: string; private: string } }).urls;
}

async function publishedSize(url: string): Promise<number> {
  const response = await fetch(`${url}/checkpoint`);
  if (response.status === 404) return 0;
  return verifyCheckpoint(new Uint8Array(await response.arrayBuffer()), anchorPolicy(anchorAt(url)), nowS()).size;
}

async function servedEntries(url: string, size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (const tile of changedBundles(0, size)) {
    const response = await fetch(`${url}/${formatTilePath(tile)}`);
    entries.push(...parseEntryBundle(new Uint8Array(await response.arrayBuffer()), tile.width));
  }
  return entries;
}

test(`killed ${KILLS} times during concurrent appends, it loses nothing that it acknowledged`, async () => {
  const acknowledged = new Map<number, Uint8Array>();
  let highest = 0;
  let urls = await start();
  const begin = [
    entryOf(EntryType.custodyKey, 'relay', { payload: custodyKeyBytes }),
    entryOf(EntryType.profile, 'relay', { payload: profileBytes() }),
  ];
  for (const [i, index] of (await append(urls.private, begin)).entries()) acknowledged.set(Number(index), begin[i] as Uint8Array);

  for (let round = 0; round < KILLS; round++) {
    const exit = once(child, 'exit');
    const goal = acknowledged.size + 40 + 25 * round;
    let isDown = false;
    const write = async (writer: number): Promise<void> => {
      for (let n = 0; !isDown; n++) {
        const entries = Array.from({ length: 1 + (n % 5) }, (_, i) =>
          entryOf(EntryType.grant, 'relay', { salt: `${round} ${writer} ${n} ${i}` }),
        );
        const results = await append(urls.private, entries).catch(() => null);
        if (results === null) return;
        for (const [i, index] of results.entries()) acknowledged.set(index as number, entries[i] as Uint8Array);
      }
    };
    const watch = async (): Promise<void> => {
      while (!isDown) {
        const size = await publishedSize(urls.public).catch(() => null);
        if (size === null) return;
        expect(size).toBeGreaterThanOrEqual(highest);
        highest = size;
      }
    };
    const work = Promise.all([...Array.from({ length: WRITERS }, (_, i) => write(i)), watch()]);
    await until(() => acknowledged.size >= goal, 'appends before the kill');
    child.kill('SIGKILL');
    await exit;
    isDown = true;
    await work;
    // What a write that was cut off leaves behind.
    if (round % 2 === 1) await appendFile(join(dir, 'state', 'entries'), Uint8Array.of(0, 0, 0, 200, 1, 2, 3));

    urls = await start();
    expect(await publishedSize(urls.public)).toBeGreaterThanOrEqual(highest);
    const most = Math.max(...acknowledged.keys()) + 1;
    await until(async () => (await publishedSize(urls.public)) >= most, 'everything acknowledged is published');
    const response = await fetch(`${urls.public}/checkpoint`);
    const head = verifyCheckpoint(new Uint8Array(await response.arrayBuffer()), anchorPolicy(anchorAt(urls.public)), nowS());
    const served = await servedEntries(urls.public, head.size);
    expect(equal(merkleRoot(served.map(entryHash)), head.root)).toBe(true);
    for (const [index, entry] of acknowledged) expect(equal(served[index] as Uint8Array, entry), `entry ${index}`).toBe(true);
    highest = Math.max(highest, head.size);
  }
  // The profile was logged before the first kill: no start believed the genesis again.
  expect(await append(urls.private, [entryOf(EntryType.grant, 'genesis relay', {})])).toEqual(['log.actor_invalid']);
}, 120_000);

test('a logbook whose entries were cut below what it published does not start', async () => {
  const urls = await start();
  await append(urls.private, [
    entryOf(EntryType.grant, 'relay', { salt: 'a' }),
    entryOf(EntryType.grant, 'relay', { salt: 'b' }),
  ]);
  await until(async () => (await publishedSize(urls.public)) === 2, 'a checkpoint');
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  await writeFile(join(dir, 'state', 'entries'), new Uint8Array(0));
  child = spawn(process.execPath, [MAIN, join(dir, 'config.json')], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).not.toBe(0);
});

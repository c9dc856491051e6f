/** What a log that cheats, or a stale one, may try with whoever follows it (PROTOCOL 11.1, 11.3 step 1; SECURITY.md, P5). */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogMirror } from '@countersign/service';
import {
  addCosignatures,
  createCheckpoint,
  createCosignature,
  deriveSignerKey,
  entryHash,
  formatEntryBundle,
  formatNote,
  LOG_KEY,
  merkleRoot,
  parseNote,
  WITNESS_KEY,
} from '@countersign/tlog';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { anchorAt, nowS, ORIGIN, seedOf, until } from '../network.ts';

/** A log whose operator and witnesses sign whatever it shows: the worst that there can be. */
class LyingLog {
  entries: Uint8Array[] = [];
  note: Uint8Array | null = null;
  isBroken = false;
  asked = 0;
  readonly #server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path.startsWith('/checkpoint')) {
      this.asked += 1;
      return void (this.note === null ? response.writeHead(404).end() : response.end(this.note));
    }
    const width = Number(/\.p\/(\d+)$/.exec(path)?.[1] ?? 256);
    const entries = this.isBroken ? this.entries.slice(0, width).map(() => Uint8Array.of(0)) : this.entries.slice(0, width);
    return void response.end(formatEntryBundle(entries));
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  show(entries: string[], time = nowS(), witnesses = ['w1', 'w2']): Uint8Array {
    this.entries = entries.map((text) => new TextEncoder().encode(text));
    const head = { size: entries.length, root: merkleRoot(this.entries.map(entryHash)) };
    let note = parseNote(createCheckpoint(head, deriveSignerKey(ORIGIN, LOG_KEY, seedOf('log'))));
    for (const name of witnesses) {
      const key = deriveSignerKey(name, WITNESS_KEY, seedOf(name));
      note = addCosignatures(note, [createCosignature(note.text, key, time)], key);
    }
    this.note = formatNote(note);
    return this.note;
  }
}

let dir: string;
let log: LyingLog;
let mirror: LogMirror;
const open = async (url: string) => LogMirror.open({ anchor: anchorAt(url), dir: join(dir, 'copy'), now: nowS });
let url: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mirror-'));
  log = new LyingLog();
  url = await log.listen();
  mirror = await open(url);
});
afterEach(async () => {
  await mirror.stop();
  log.close();
  await rm(dir, { recursive: true });
});

const within = () => AbortSignal.timeout(10_000);

test.each([
  ['another log of the same size', ['a', 'x', 'c']],
  ['a shorter log with another past', ['x', 'b']],
  ['a longer log with another past', ['a', 'x', 'c', 'd', 'e']],
])('%s ends the copy for good, and both checkpoints are kept', async (_, forked) => {
  const first = log.show(['a', 'b', 'c']);
  mirror.start();
  await mirror.waitForSize(3, within());
  const waiting = mirror.waitForSize(9, within());
  const refused = expect(waiting).rejects.toMatchObject({ code: 'log.inconsistent' });
  const second = log.show(forked);
  await refused;
  expect(mirror.fault?.code).toBe('log.inconsistent');
  expect(() => mirror.freshCheckpoint()).toThrow('log.inconsistent');
  expect(mirror.size).toBe(3);
  expect(Uint8Array.from(await readFile(join(dir, 'copy', 'fork-held')))).toEqual(first);
  expect(Uint8Array.from(await readFile(join(dir, 'copy', 'fork-offered')))).toEqual(second);
  await mirror.stop();
  log.show(['a', 'b', 'c', 'd']);
  mirror = await open(url);
  mirror.start();
  await expect(mirror.waitForSize(4, within())).rejects.toMatchObject({ code: 'log.inconsistent' });
});

test('an older checkpoint of the same log is no fork', async () => {
  log.show(['a', 'b', 'c']);
  mirror.start();
  await mirror.waitForSize(3, within());
  log.show(['a', 'b']);
  const asked = log.asked;
  await until(() => log.asked > asked + 1, 'the copy asks again');
  expect(mirror.fault).toBeNull();
  expect(mirror.size).toBe(3);
});

test('a checkpoint with stale or too few cosignatures is not followed', async () => {
  mirror.start();
  for (const show of [
    () => log.show(['a'], nowS() - 3600),
    () => log.show(['a'], nowS(), ['w1']),
    () => log.show(['a'], nowS() + 3600),
  ]) {
    show();
    const asked = log.asked;
    await until(() => log.asked > asked + 1, 'the copy asks again');
    expect(mirror.size).toBe(0);
  }
  expect(() => mirror.freshCheckpoint()).toThrow('log.not_witnessed');
  log.show(['a']);
  await mirror.waitForSize(1, within());
});

test('a checkpoint that somebody shows: stale beyond the copy, refused when old, and a fork when it contradicts', async () => {
  log.show(['a', 'b']);
  mirror.start();
  await mirror.waitForSize(2, within());
  const other = new LyingLog();
  await expect(mirror.verifyShown(other.show(['a', 'b', 'c']))).rejects.toMatchObject({ code: 'log.stale' });
  await expect(mirror.verifyShown(other.show(['a', 'b'], nowS() - 3600))).rejects.toMatchObject({ code: 'log.not_witnessed' });
  expect((await mirror.verifyShown(other.show(['a']))).size).toBe(1);
  await expect(mirror.verifyShown(other.show(['x']))).rejects.toMatchObject({ code: 'log.inconsistent' });
  await expect(mirror.verifyShown(other.show(['a']))).rejects.toMatchObject({ code: 'log.inconsistent' });
});

test('a copy whose entries were changed on disk does not open', async () => {
  log.show(['a', 'b']);
  mirror.start();
  await mirror.waitForSize(2, within());
  await mirror.stop();
  const path = join(dir, 'copy', 'entries');
  const { writeFile } = await import('node:fs/promises');
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = 0x7a;
  await writeFile(path, bytes);
  await expect(open(url)).rejects.toMatchObject({ code: 'log.inconsistent' });
  mirror = await LogMirror.open({ anchor: anchorAt(url), dir: null, now: nowS });
});

/** What a log may try with a witness (C2SP tlog-witness; PROTOCOL 11.1; SECURITY.md, P5). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromUtf8 } from '@countersign/bytes';
import type { Running, ServiceContext } from '@countersign/service';
import { parseCheckpoint, parseVerifierKey, witnessCheckpointPath } from '@countersign/tlog';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig, startWitness } from '../../src/index.ts';
import { addCheckpoint, configOf, isCosigned, ORIGIN, treeOf, witnessKey } from '../log.ts';

const quiet = { info() {}, warn() {}, error() {}, fatal() {} } as unknown as ServiceContext['log'];
let dir: string;
let running: Running;
let url: string;

const start = async () => {
  running = await startWitness(parseConfig(configOf(dir)), { log: quiet, now: () => Math.floor(Date.now() / 1000) });
  url = running.urls.public ?? '';
};
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'witness-'));
  await start();
});
afterEach(async () => {
  await running.stop();
  await rm(dir, { recursive: true });
});

const abc = treeOf(['a', 'b', 'c']);

test('a log that grows is cosigned, and the witness shows its key and what it cosigned', async () => {
  const first = await addCheckpoint(url, treeOf(['a', 'b']), 0);
  expect([first.status, isCosigned(first.body, treeOf(['a', 'b']))]).toEqual([200, true]);
  const second = await addCheckpoint(url, abc, 2);
  expect([second.status, isCosigned(second.body, abc)]).toEqual([200, true]);
  expect(parseVerifierKey((await (await fetch(`${url}/key`)).text()).trim())).toEqual(witnessKey);
  const shown = await (await fetch(`${url}/${witnessCheckpointPath(ORIGIN)}`)).text();
  expect(parseCheckpoint(fromUtf8(shown)).size).toBe(3);
});

test('a fork is refused, whatever size it claims to come from', async () => {
  await addCheckpoint(url, abc, 0);
  const fork = treeOf(['a', 'x', 'c', 'd']);
  expect((await addCheckpoint(url, fork, 3)).status).toBe(422);
  expect(await addCheckpoint(url, fork, 0)).toEqual({ status: 409, body: '3\n' });
  expect((await addCheckpoint(url, treeOf(['a', 'b', 'x']), 3)).status).toBe(422);
});

test('a rewound log is refused, also after a restart', async () => {
  await addCheckpoint(url, abc, 0);
  await running.stop();
  await start();
  expect(await addCheckpoint(url, treeOf(['a', 'b']), 2)).toEqual({ status: 409, body: '3\n' });
  expect((await addCheckpoint(url, treeOf(['a', 'b']), 3)).status).toBe(400);
  expect(await addCheckpoint(url, treeOf(['a', 'b']), 0)).toEqual({ status: 409, body: '3\n' });
});

test('of forks that are sent at once one is cosigned, and that one stays', async () => {
  const forks = Array.from({ length: 8 }, (_, i) => treeOf(['a', `fork ${i}`]));
  const answers = await Promise.all(forks.map((fork) => addCheckpoint(url, fork, 0)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  const winner = forks[answers.findIndex(({ status }) => status === 200)];
  if (winner === undefined) return expect.fail('none was cosigned');
  await running.stop();
  await start();
  const again = await Promise.all(forks.map((fork) => addCheckpoint(url, fork, 2)));
  expect(again.map(({ status }) => status === 200)).toEqual(forks.map((fork) => fork === winner));
});

test('an unknown log, a foreign signature and rubbish change nothing', async () => {
  const post = async (body: string) => (await fetch(`${url}/add-checkpoint`, { method: 'POST', body })).status;
  expect(await post('')).toBe(400);
  expect(await post('old 0\n\nnot a note')).toBe(400);
  expect(
    await post('old 0\n\nother.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— other.example AAAAAAAA\n'),
  ).toBe(404);
  expect((await addCheckpoint(url, abc, 0)).status).toBe(200);
});

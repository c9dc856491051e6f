/** A custodian that is killed at any moment of a request gives, when asked again, what it would have given (PROTOCOL 11.3 step 5). */
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EntryType } from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Court, callRelease, decideWhenSeen, liveWarrant, type TestCustodian } from '../court.ts';
import { startProcess } from '../processes.ts';

const court = new Court();
let anna: TestCustodian;
beforeAll(async () => {
  await court.open(['Anna', 'Bert']);
  await court.ceremony(2, court.custodians);
  await court.found();
  anna = court.custodians[0] as TestCustodian;
  await anna.running?.stop();
  anna.running = null;
}, 120_000);
afterAll(() => court.close(), 30_000);

/** Stored and not yet logged, as far as anybody can see; logged; stored that it is logged. */
const MOMENTS = ['stored', 'logged', 'recorded'] as const;

test('killed at three moments of a request, it answers with the releases that it had stored, and logs them once', async () => {
  const dir = join(court.dir, 'process');
  mkdirSync(dir);
  chmodSync(dir, 0o700);
  const stored = join(anna.config.dir as string, 'releases');
  for (const [round, moment] of MOMENTS.entries()) {
    const first = await startProcess('custodian', dir, anna.config);
    anna.url = first.urls.private as string;
    const order = liveWarrant(`killed ${round}`);
    await court.issue(order);
    await decideWhenSeen(anna, order);
    const sent = [await court.send(), await court.send()];
    const request = await court.request(order, sent);
    const call = await court.callOf(request, sent);
    const before = sizeOf(stored);
    const early = callRelease(anna.url, call).catch(() => null);
    const first15 = () => releasesOf(order.orderId).length > 0;
    await until(() => sizeOf(stored) > before);
    const once = sizeOf(stored);
    if (moment === 'logged') await until(first15);
    if (moment === 'recorded') await until(() => sizeOf(stored) > once);
    await first.end('SIGKILL');
    const answered = await early;

    const second = await startProcess('custodian', dir, anna.config);
    const again = await callRelease(second.urls.private as string, call);
    expect(again.code).toBe('ok');
    if (answered !== null) expect(again).toEqual(answered);
    expect(await callRelease(second.urls.private as string, call)).toEqual(again);
    const logged = releasesOf(order.orderId);
    expect(logged.map(({ index }) => index)).toEqual([again.releaseIndex]);
    expect(second.errors()).not.toContain('error');
    await second.end('SIGTERM');
  }
}, 300_000);

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** The type 15 entries that a follower of the log sees. */
function releasesOf(orderId: Uint8Array) {
  const entries = (court.mirror as LogMirror).directory.entriesWith(orderId);
  return entries.filter(({ entry }) => entry.type === EntryType.release);
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('it did not happen in 20 s');
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

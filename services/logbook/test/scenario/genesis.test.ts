/** Genesis: keys of the configuration are believed until there is a profile, and never again (docs/network.md; SECURITY.md). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EntryType } from '@countersign/custody';
import { LogMirror } from '@countersign/service';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { append, custodyKeyBytes, entryOf, nowS, officerCert, openLog, profileBytes, seedOf, type TestLog } from '../network.ts';

let dir: string;
let log: TestLog;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'logbook-'));
  log = await openLog(dir);
});
afterEach(async () => {
  await log.stop();
  await rm(dir, { recursive: true });
});

const ceremony = (actor: string, salt: number) => entryOf(EntryType.ceremony, actor, { payload: Uint8Array.of(2, salt) });
const grant = (actor: string, salt: string) => entryOf(EntryType.grant, actor, { salt });
const profile = (actor = 'relay') => entryOf(EntryType.profile, actor, { payload: profileBytes() });
const custody = (actor = 'relay') => entryOf(EntryType.custodyKey, actor, { payload: custodyKeyBytes });

test('genesis keys append until the first profile, each by its own kind', async () => {
  const entries = [
    ceremony('custodian 1', 1),
    grant('genesis relay', 'a'),
    entryOf(EntryType.cert, 'genesis authority', { payload: officerCert('x', 'genesis authority', [6]) }),
    ceremony('genesis relay', 2),
    grant('a stranger', 'b'),
  ];
  expect(await append(log.privateUrl, entries)).toEqual([0, 1, 2, 'log.actor_invalid', 'log.signature_invalid']);
});

test('after the first profile a genesis key that it does not name is refused, from the very next entry of the same call', async () => {
  const before = grant('genesis relay', 'before');
  const after = [
    grant('genesis relay', 'after'),
    ceremony('genesis custodian', 3),
    entryOf(EntryType.cert, 'genesis authority', { payload: officerCert('x', 'genesis authority', [6]) }),
  ];
  const results = await append(log.privateUrl, [before, profile(), ...after]);
  expect(results.slice(0, 2)).toEqual([0, 1]);
  expect(results[2]).toBe('log.actor_invalid');
  expect(results[3]).toBe('log.actor_invalid');
  expect(results[4]).toBe('cert.invalid');
  expect(await append(log.privateUrl, [grant('genesis relay', 'later')])).toEqual(['log.actor_invalid']);
  expect(await append(log.privateUrl, [grant('relay', 'named by the profile')])).toEqual([2]);
});

test('a logbook that is started anew does not believe its genesis keys again', async () => {
  await append(log.privateUrl, [profile()]);
  await log.stop();
  log = await openLog(dir);
  expect(await append(log.privateUrl, [grant('genesis relay', 'again')])).toEqual(['log.actor_invalid']);
  expect(await append(log.privateUrl, [grant('relay', 'a')])).toEqual([1]);
});

test('a logbook whose genesis was taken out of its configuration goes on from what it holds', async () => {
  await append(log.privateUrl, [ceremony('custodian 1', 1), custody(), profile()]);
  await log.stop();
  log = await openLog(dir, { genesis: [] });
  expect(await append(log.privateUrl, [grant('relay', 'a'), ceremony('custodian 2', 5)])).toEqual([3, 4]);
});

test('a profile that the root did not sign ends nothing, and neither does one logged by a relay that it does not name', async () => {
  const forged = entryOf(EntryType.profile, 'relay', { payload: profileBytes({ rootSeed: seedOf('not the root') }) });
  const unnamed = entryOf(EntryType.profile, 'genesis relay', { payload: profileBytes() });
  expect(await append(log.privateUrl, [forged, unnamed])).toEqual(['profile.invalid', 'log.actor_invalid']);
  expect(await append(log.privateUrl, [grant('genesis relay', 'still')])).toEqual([0]);
});

test('custodians of a custody key logged before the profile are actors after it, in the log and in every copy', async () => {
  expect(
    await append(log.privateUrl, [ceremony('custodian 1', 1), ceremony('genesis custodian', 2), custody(), profile()]),
  ).toEqual([0, 1, 2, 3]);
  expect(await append(log.privateUrl, [ceremony('custodian 2', 9)])).toEqual([4]);
  const mirror = await LogMirror.open({ anchor: log.anchor, dir: null, now: nowS });
  mirror.start();
  await mirror.waitForSize(5, AbortSignal.timeout(10_000));
  const { directory } = mirror;
  expect(directory.custodyKeys()).toHaveLength(1);
  expect(directory.indicesOf(EntryType.ceremony)).toEqual([0, 4]);
  expect(directory.entryAt(1n)).toBeNull(); // whom the profile does not name was never there
  expect(directory.openingRecipients()).toHaveLength(3);
  await mirror.stop();
});

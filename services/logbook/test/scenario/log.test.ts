/** The log as its users see it: entries judged, published, served and followed (PROTOCOL 11; docs/network.md, logbook). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, equal, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { EntryType, hourOf, keyId, logEntryCodec, openSealedOpening, verifyOpening, ZERO_HANDLE } from '@countersign/custody';
import { anchorPolicy, fetchOpenings, LogMirror, LogWriter, postOpenings } from '@countersign/service';
import { entryHash, merkleRoot, parseEntryBundle, verifyCheckpoint, verifyInclusion } from '@countersign/tlog';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  append,
  custodyKeyBytes,
  deviceCert,
  entryOf,
  id16,
  keyOf,
  nowS,
  officerCert,
  openLog,
  pointOf,
  profileBytes,
  seedOf,
  type TestLog,
  until,
} from '../network.ts';

let dir: string;
let log: TestLog;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'logbook-'));
  log = await openLog(dir);
  const found = [
    entryOf(EntryType.custodyKey, 'relay', { payload: custodyKeyBytes }),
    entryOf(EntryType.profile, 'relay', { payload: profileBytes() }),
    entryOf(EntryType.cert, 'justice', { payload: officerCert('judge') }),
  ];
  expect(await append(log.privateUrl, found)).toEqual([0, 1, 2]);
});
afterEach(async () => {
  await log.stop();
  await rm(dir, { recursive: true });
});

const BEGUN = 3;
const order = id16('order');
const NOTICE = BigInt(nowS() + 1_000_000);
const writerOf = (name: string) =>
  new LogWriter({ url: log.privateUrl, seed: seedOf(name), now: nowS, random: crypto.randomBytes });

async function published(size: number) {
  const response = await fetch(`${log.publicUrl}/checkpoint?after=${size - 1}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return verifyCheckpoint(bytes, anchorPolicy(log.anchor), nowS());
}

test('each entry is judged by itself, in the order of the protocol', async () => {
  const results = await append(log.privateUrl, [
    new Uint8Array(0),
    entryOf(EntryType.grant, 'relay', { payload: Uint8Array.of(1) }),
    entryOf(EntryType.grant, 'nobody', {}),
    entryOf(EntryType.grant, 'judge', {}),
    entryOf(EntryType.grant, 'relay', { handle: order }),
    entryOf(EntryType.grant, 'relay', { hour: hourOf(nowS()) - 2 }),
    entryOf(EntryType.grant, 'relay', { noticeBy: 5n }),
    entryOf(EntryType.grant, 'relay', {}),
  ]);
  expect(results).toEqual([
    'decode.truncated',
    'log.form_invalid',
    'log.signature_invalid',
    'log.actor_invalid',
    'log.handle_invalid',
    'log.hour_invalid',
    'log.notice_mismatch',
    BEGUN,
  ]);
});

test('an order and a roster slot are logged once, and what belongs to an order comes after it under its date', async () => {
  const approve = (noticeBy: bigint) => entryOf(EntryType.authorisation, 'judge', { handle: order, noticeBy });
  const issue = (salt: string, noticeBy = NOTICE) => entryOf(EntryType.order, 'judge', { handle: order, noticeBy, salt });
  const roster = (salt: string) => entryOf(EntryType.roster, 'relay', { handle: id16('slot'), salt });
  expect(await append(log.privateUrl, [approve(NOTICE), issue('none', 0n), issue('a'), issue('b')])).toEqual([
    'log.handle_invalid',
    'log.notice_mismatch',
    BEGUN,
    'log.handle_invalid',
  ]);
  expect(await append(log.privateUrl, [approve(NOTICE + 1n), approve(NOTICE), roster('a'), roster('b')])).toEqual([
    'log.notice_mismatch',
    BEGUN + 1,
    BEGUN + 2,
    'log.handle_invalid',
  ]);
  const extension = entryOf(EntryType.extension, 'judge', { handle: order, noticeBy: NOTICE });
  const late = entryOf(EntryType.releaseRequest, 'judge', { handle: order, noticeBy: NOTICE + 5n });
  const early = entryOf(EntryType.releaseRequest, 'judge', { handle: order, noticeBy: NOTICE - 5n });
  expect(await append(log.privateUrl, [extension, late, early])).toEqual([BEGUN + 3, BEGUN + 4, 'log.notice_mismatch']);
  await log.stop();
  log = await openLog(dir);
  expect(await append(log.privateUrl, [issue('c'), roster('c')])).toEqual(['log.handle_invalid', 'log.handle_invalid']);
});

test('the same bytes again get the index that they have, also after a restart', async () => {
  const grant = entryOf(EntryType.grant, 'relay', {});
  expect(await append(log.privateUrl, [grant, grant])).toEqual([BEGUN, BEGUN]);
  await log.stop();
  log = await openLog(dir);
  expect(await append(log.privateUrl, [grant])).toEqual([BEGUN]);
});

test('checkpoints are cosigned, and tiles and bundles lead to their root, partial ones too', async () => {
  const grants = Array.from({ length: 256 }, (_, i) => entryOf(EntryType.grant, 'relay', { salt: `${i}` }));
  const start = performance.now();
  await append(log.privateUrl, grants);
  const checkpoint = await published(BEGUN + 256);
  expect(performance.now() - start).toBeLessThan(5_000);
  const bundle = async (path: string, width: number) => {
    const response = await fetch(`${log.publicUrl}/tile/entries/${path}`);
    expect(response.status).toBe(200);
    return parseEntryBundle(new Uint8Array(await response.arrayBuffer()), width);
  };
  const entries = [...(await bundle('000', 256)), ...(await bundle('001.p/3', 3))];
  expect(equal(merkleRoot(entries.map(entryHash)), checkpoint.root)).toBe(true);
  expect(await bundle('000.p/5', 5)).toEqual(entries.slice(0, 5));
  const tile = await fetch(`${log.publicUrl}/tile/1/000.p/1`);
  expect(equal(new Uint8Array(await tile.arrayBuffer()), merkleRoot(entries.slice(0, 256).map(entryHash)))).toBe(true);
  for (const path of ['0/001', '0/001.p/4', '1/000', 'entries/002.p/1', '0/x000/000', 'entries/000.p/256']) {
    expect((await fetch(`${log.publicUrl}/tile/${path}`)).status).toBe(404);
  }
});

test('without witnesses appends go on and publishing waits; with two of three it goes on', async () => {
  await published(BEGUN);
  for (const witness of log.witnesses) witness.isDown = true;
  expect(await append(log.privateUrl, [entryOf(EntryType.grant, 'relay', {})])).toEqual([BEGUN]);
  await until(async () => (await metric('logbook_failed_rounds_total')) > 0, 'a round that failed');
  expect(await metric('logbook_published_entries')).toBe(BEGUN);
  for (const witness of log.witnesses.slice(1)) witness.isDown = false;
  expect((await published(BEGUN + 1)).size).toBe(BEGUN + 1);
});

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${log.privateUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

test('a writer chains the entries of a handle, and goes on from the log after a restart', async () => {
  const writer = writerOf('judge');
  const item = (type: EntryType, body = 1) => ({ type, handle: order, noticeBy: NOTICE, body: Uint8Array.of(body) });
  const [issued, summary] = await writer.append([item(EntryType.order), item(EntryType.statement)]);
  const more = await Promise.all([1, 2, 3].map((i) => writer.append([item(EntryType.authorisation, i)])));
  const [again] = await writerOf('judge').append([item(EntryType.review)]);
  const chain = [issued, summary, ...more.flat(), again].map((appended) => appended ?? expect.fail('an entry is missing'));
  const indices = chain.map(({ index }) => index);
  const previous = chain.map(({ entry }) => decode(logEntryCodec, entry).prevIndex);
  expect(previous.slice(1)).toEqual(indices.slice(0, -1));
  expect(previous[0]).toBe(2n ** 64n - 1n);
  for (const { entry, salt, payload } of chain)
    expect(verifyOpening(entry, keyOf('judge'), { salt, payload }).body).toHaveLength(1);
});

test('entries with the handle zero that go in one call name the last one before the call', async () => {
  const writer = writerOf('relay');
  const grants = Array.from({ length: 300 }, () => ({ type: EntryType.grant, body: Uint8Array.of(1) }));
  const appended = await writer.append(grants);
  expect(new Set(appended.map(({ index }) => index)).size).toBe(300);
  const previous = appended.map(({ entry }) => decode(logEntryCodec, entry).prevIndex);
  expect(new Set(previous.slice(0, 256))).toEqual(new Set([1n]));
  expect(new Set(previous.slice(256))).toEqual(new Set([appended[255]?.index]));
});

test('a writer tells the code of a refusal, and waits for a logbook that is away', async () => {
  await expect(writerOf('judge').append([{ type: EntryType.grant, body: Uint8Array.of(1) }])).rejects.toMatchObject({
    code: 'log.actor_invalid',
  });
  const away = new LogWriter({ url: 'http://127.0.0.1:1', seed: seedOf('relay'), now: nowS, random: crypto.randomBytes });
  const grant = { type: EntryType.grant, body: Uint8Array.of(1) };
  await expect(away.append([grant], AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'internal.unavailable' });
});

test('openings reach their recipients, page after page, and are there after a restart', async () => {
  const entries = await writerOf('relay').append([{ type: EntryType.grant, body: Uint8Array.of(9) }]);
  const recipients = [1, 2].map((i) => ({
    keyId: keyId(keyOf(`custodian ${i}`)),
    hpkeKey: pointOf(`custodian hpke ${i}`),
  }));
  const [first] = recipients;
  if (first === undefined) return expect.fail('no recipient');
  await postOpenings(log.privateUrl, entries, recipients, crypto.randomBytes, AbortSignal.timeout(5_000));
  await log.stop();
  log = await openLog(dir);
  const { openings, cursor } = await fetchOpenings(log.privateUrl, first.keyId, 0n);
  expect(openings).toHaveLength(1);
  const [sealed] = openings;
  const [entry] = entries;
  if (sealed === undefined || entry === undefined) return expect.fail('nothing came');
  const opened = openSealedOpening(sealed, seedOf('custodian hpke 1'));
  expect(opened.index).toBe(entry.index);
  expect(verifyOpening(entry.entry, keyOf('relay'), opened).body).toEqual(Uint8Array.of(9));
  expect((await fetchOpenings(log.privateUrl, first.keyId, cursor)).openings).toEqual([]);
});

test('a copy follows the log, proves inclusion, and finds keys, devices and officers; it goes on from its disk', async () => {
  await append(log.privateUrl, [entryOf(EntryType.grant, 'relay', {})]);
  const copyDir = join(dir, 'copy');
  const open = () => LogMirror.open({ anchor: log.anchor, dir: copyDir, now: nowS });
  let mirror = await open();
  mirror.start();
  await mirror.waitForSize(BEGUN + 1, AbortSignal.timeout(10_000));
  await mirror.stop();
  mirror = await open();
  expect(mirror.size).toBe(BEGUN + 1);
  expect(mirror.directory.officerByKey(keyId(keyOf('judge')))?.officerId).toEqual(id16('judge'));
  mirror.start();
  const registrar = new LogWriter({ url: log.privateUrl, seed: seedOf('registrar'), now: nowS, random: crypto.randomBytes });
  const [cert] = await registrar.append([{ type: EntryType.cert, payload: deviceCert('phone') }]);
  if (cert === undefined) return expect.fail('no entry');
  await mirror.waitForSize(Number(cert.index) + 1, AbortSignal.timeout(10_000));
  const { directory } = mirror;
  expect(directory.devices(id16('phone'))?.envSigKey).toEqual(keyOf('phone env'));
  expect(directory.devicesOf(id16('account'))).toHaveLength(1);
  expect(directory.officers(id16('judge'))?.terms).toHaveLength(1);
  expect(directory.indicesOf(EntryType.grant)).toEqual([BEGUN]);
  const held = mirror.freshCheckpoint();
  const proof = mirror.proveInclusion(cert.index, held.size);
  expect(verifyInclusion(entryHash(mirror.entry(cert.index)), Number(cert.index), held, proof)).toBe(Number(cert.index));
  const seen: bigint[] = [];
  for await (const { index } of mirror.entries(0n)) {
    seen.push(index);
    if (seen.length === mirror.size) break;
  }
  expect(seen).toEqual(Array.from({ length: mirror.size }, (_, i) => BigInt(i)));
  await mirror.stop();
});

test('filler keeps the pace when nothing else does, by the key of the log, which this profile lists among its relays', async () => {
  await log.stop();
  log = await openLog(dir, { fillerS: 1 });
  await until(async () => (await metric('logbook_entries')) > BEGUN, 'a filler entry');
  const actor = toHex(keyId(keyOf('log')));
  const response = await fetch(`${log.privateUrl}/v1/actors/${actor}/${toHex(ZERO_HANDLE)}`);
  expect(await response.json()).toEqual({ last_index: BEGUN });
});

test('calls that are too large or malformed are refused by name', async () => {
  const post = async (body: Uint8Array) =>
    (await (
      await fetch(`${log.privateUrl}/v1/entries`, {
        method: 'POST',
        headers: { 'content-type': 'application/protobuf' },
        body: Buffer.from(body),
      })
    ).json()) as { code: string };
  expect((await post(Uint8Array.of(255, 255))).code).toBe('frame.malformed');
  const many = Array.from({ length: 257 }, () => Uint8Array.of(1));
  await expect(append(log.privateUrl, many)).rejects.toThrow('limit.items');
});

/** A canary is said, named and attached in a conversation under order, read by an officer, and then found nowhere that it must not be (SECURITY.md). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fromHex, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { done, startCommand } from './command.ts';
import { Network } from './harness.ts';
import { enrol, type Member, say, seen, vouchers } from './members.ts';
import { Officer } from './officers.ts';
import { putOrder } from './orders.ts';
import { familyOf } from './processes.ts';
import { searchDatabases } from './rows.ts';
import { type Needle, needlesOfBytes, needlesOfText, type Searched, searchBytes, searchFolder, searchMemory } from './search.ts';
import { until } from './until.ts';

const START_MAX_MS = 900_000;
const STORY_MAX_MS = 300_000;
const FILLER_BYTES = 4_000;
/** Processes that may never hold what members say: those that members reach, and those that serve all sides. */
const BLIND = /^(delivery|logbook|witness-\d+|custodian-\d+|notices|postgres|supervisor)$/;

/** Letters that no program writes by chance; ASCII, so that each way to keep a text keeps these very bytes. */
const CANARY = `canary${toHex(crypto.randomBytes(16))}`;

/** Everything that is written begins with the canary and ends in what it was. */
const texts = {
  message: `${CANARY} message`,
  group: `${CANARY} group`,
  file: `${CANARY}.file`,
  caption: `${CANARY} caption`,
  content: `${CANARY} content`,
  search: `${CANARY}search`,
};

let network: Network;
let sender: Member;
let reader: Member;
let officer: Officer;
let group: string;
let home: string;
let follower: ChildProcess;
let needles: readonly Needle[];

beforeAll(async () => {
  network = await Network.start();
  home = await mkdtemp(join(tmpdir(), 'countersign-e2e-home-'));
  sender = await enrol(network, 'sender');
  reader = await enrol(network, 'reader');
  // A device in a process of its own, which is entitled to the canary and gets it over the network alone.
  await done(
    ['enrol', '--api', network.urls.api, '--voucher', '-', '--handle', '@follower', '--home', home, '--consent'],
    (await vouchers(network, 1))[0],
  );
  follower = startCommand(['inbox', '--home', home, '--follow']);
  const followed = new Set<unknown>();
  createInterface({ input: follower.stdout as NodeJS.ReadableStream }).on('line', (line) =>
    followed.add((JSON.parse(line) as { text: unknown }).text),
  );
  group = await sender.client.createGroup(texts.group, ['reader', 'follower']);
  await seen('everybody has joined', sender.client, async () => {
    const conversation = await sender.client.conversation(group);
    return conversation?.status === 'active' && conversation.members.length === 3;
  });
  await putOrder(network, { subjects: [`group:${group}`], readers: new Map([['AU', []]]) });
  officer = await Officer.signIn(network, 'AU');
  officer.follow();
  const textId = await say(sender, group, texts.message);
  const content = Buffer.from(`${texts.content}${'.'.repeat(FILLER_BYTES)}`);
  const file = { name: texts.file, mime: 'text/plain', caption: texts.caption, data: content };
  const attached = await sender.client.sendAttachment(group, file);
  await attached.acked;
  for (const id of [textId, attached.messageId])
    await until('the officer reads the canary', () => officer.feed.some(({ message_id }) => message_id === id));
  // The other member opens the attachment, so that the blob is read as well as written.
  const received = await seen('the reader has the attachment', reader.client, async () => {
    const message = await reader.client.message(attached.messageId);
    return message?.body?.kind === 'attachment' ? message.body.attachment : null;
  });
  expect(Buffer.from(await reader.client.download(received)).equals(content)).toBe(true);
  for (const query of [texts.message, texts.search])
    expect((await officer.call(`/v1/search?q=${encodeURIComponent(query)}`)).status).toBe(200);
  await until('the follower has the canary', () => followed.has(texts.message));
  const keys = await openedKeys(reader);
  needles = [...needlesOfText('the canary', CANARY), ...keys.flatMap((key) => needlesOfBytes('key K', key))];
}, START_MAX_MS);

afterAll(async () => {
  follower?.kill('SIGTERM');
  await officer?.stop();
  await Promise.all([sender, reader].map((member) => member?.client.close()));
  await network?.stop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

/** K of the sender's scopes as the recipient has them (PROTOCOL 6): the same that custodians released to the officer's gateway. */
async function openedKeys({ store }: Member): Promise<readonly Uint8Array[]> {
  const rows = await store.scan('scope');
  const keys = rows.flatMap(({ value }) => {
    const { K } = JSON.parse(Buffer.from(value).toString('utf8')) as { readonly K: { readonly $b: string } | null };
    return K === null ? [] : [fromHex(K.$b)];
  });
  expect(keys.length).toBeGreaterThan(0);
  return keys;
}

const nothing = ({ found }: Searched) => expect(found).toEqual([]);

describe('the search finds', () => {
  test('a secret in every form in which a file can hold it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-planted-'));
    try {
      const word = CANARY;
      const forms: readonly Buffer[] = [
        Buffer.from(word),
        Buffer.from(word, 'utf16le'),
        Buffer.from(Buffer.from(word).toString('hex')),
        ...[1, 2, 3].map((before) => Buffer.from(Buffer.from(`${'x'.repeat(before)}${word}yy`).toString('base64'))),
      ];
      for (const [i, form] of forms.entries()) {
        await writeFile(join(folder, 'planted'), Buffer.concat([Buffer.alloc(1000 + i), form, Buffer.alloc(1000)]));
        expect((await searchFolder(folder, needles)).found).not.toEqual([]);
      }
      await writeFile(join(folder, 'planted'), Buffer.alloc(5000));
      nothing(await searchFolder(folder, needles));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test(
    'the canary in the memory of a member, who holds it by right',
    async () => {
      const { found } = await searchMemory(follower.pid as number, 'the follower', needles);
      expect(found.map(({ needle }) => needle)).toContain('the canary');
      expect(found.some(({ needle }) => needle.startsWith('key K'))).toBe(true);
    },
    STORY_MAX_MS,
  );

  test(
    'a secret at the seam of two reads',
    async () => {
      const script = `const b = Buffer.alloc(40 << 20, 1); process.stdin.once('data', (d) => {
        for (let at = (8 << 20) - 200; at < b.length - 300; at += 90) d.copy(b, at); console.log('held'); }); setInterval(() => b[0], 1e6);`;
      const holder = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'ignore'] });
      try {
        holder.stdin.write(CANARY);
        await once(holder.stdout, 'data');
        const { found } = await searchMemory(holder.pid as number, 'the holder', needles);
        expect(found.map(({ needle }) => needle)).toContain('the canary');
      } finally {
        holder.kill('SIGKILL');
      }
    },
    STORY_MAX_MS,
  );
});

describe('the canary is not', () => {
  test(
    'in any file of the network: databases, write-ahead log, attachments, log, logs, configurations',
    async () => {
      const searched = await searchFolder(network.data, needles);
      nothing(searched);
      expect(searched.places).toBeGreaterThan(500);
    },
    STORY_MAX_MS,
  );

  test(
    'in any row of any database',
    async () => {
      const searched = await searchDatabases(network, needles);
      nothing(searched);
      expect(searched.places).toBeGreaterThan(20);
      expect(searched.bytes).toBeGreaterThan(10_000);
    },
    STORY_MAX_MS,
  );

  test('in anything that a process said', () => {
    expect(searchBytes(Buffer.from(network.said), 'what up said', needles)).toEqual([]);
  });

  test(
    'in the memory of delivery, the log, witnesses, custodians, notices, the supervisor and the database server',
    async () => {
      const pids = new Map([...(await network.pids())].filter(([name]) => BLIND.test(name)));
      for (const name of ['delivery', 'logbook', 'witness-1', 'custodian-1', 'custodian-5', 'notices', 'postgres', 'supervisor'])
        expect([name, pids.has(name)]).toEqual([name, true]);
      for (const [name, pid] of pids) {
        // The server forks a process for each connection.
        for (const each of name === 'postgres' ? await familyOf(pid) : [pid]) {
          const searched = await searchMemory(each, name, needles);
          nothing(searched);
          expect(searched.bytes).toBeGreaterThan(100_000);
        }
      }
    },
    STORY_MAX_MS,
  );

  test(
    'on any page of the service: metrics and health say figures only',
    async () => {
      for (const name of [...(await network.pids()).keys()].filter((each) => each !== 'postgres' && each !== 'supervisor'))
        for (const path of ['/metrics', '/health', '/debug', '/status', '/v1/status']) {
          const response = await fetch(`${await network.url(name, 'private')}${path}`);
          expect(searchBytes(Buffer.from(await response.arrayBuffer()), `${name} ${path}`, needles)).toEqual([]);
        }
    },
    STORY_MAX_MS,
  );

  test(
    'on disk when everything has ended and the databases have written all they had',
    async () => {
      expect(await network.stop({ keep: true })).toBe(0);
      nothing(await searchFolder(network.data, needles));
    },
    STORY_MAX_MS,
  );
});

/** Stories: delivery is killed with kill -9 between commit and append; nothing acknowledged is lost, nothing comes twice. */
import { decode } from '@countersign/bytes';
import { deliveryCodec, EntryType, type LogEntry, relayStampCodec } from '@countersign/custody';
import { Fields, LogMirror, parseNetwork } from '@countersign/service';
import { beforeAll, expect, test } from 'vitest';
import { Member, type Sealed } from '../support/member.ts';
import { type Process, TestNetwork, until } from '../support/network.ts';

let network: TestNetwork;
let alice: Member;
let bob: Member;

beforeAll(async () => {
  network = await TestNetwork.start();
  alice = await Member.enrolled(network, 'alice');
  bob = await Member.enrolled(network, 'bob');
  await bob.drain();
  await bob.publishKeyPackages(1);
  await alice.createGroup();
  await alice.add(bob);
  await bob.join();
  await alice.say('the grant is logged');
  return () => network.stop();
});

test('committed and on its way to the log when it was killed: appended once, stamped, delivered once', async () => {
  const sealed = await alice.seal('in the gap');
  network.logbook.child.kill('SIGSTOP');
  const lost = alice.submit(sealed).catch(() => null);
  await until(async () => (await unlogged()) === 1);
  await killDelivery();
  network.logbook.child.kill('SIGCONT');
  await lost;
  await network.startDelivery('delivery-0');
  await until(async () => (await unlogged()) === 0);
  await expectOnce(sealed);
});

test('killed while messages stream in, five times: every acknowledged one is there, in order and once', async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 5; round++) {
    const sealed: Sealed[] = [];
    for (let i = 0; i < 40; i++) sealed.push(await alice.seal(`round ${round} message ${i}`));
    let isAcked = () => {};
    const someAcked = new Promise<void>((resolve) => {
      isAcked = resolve;
    });
    const sending = sealed.map((one, i) =>
      alice.submit(one).then(() => {
        acknowledged.push(idOf(one));
        if (i >= round * 5) isAcked();
      }),
    );
    const settled = Promise.allSettled(sending);
    await Promise.race([someAcked, settled]);
    await killDelivery();
    await settled;
    await network.startDelivery('delivery-0');
    await reconnect();
    for (const one of sealed) await alice.submit(one);
  }
  const all = await drainAll();
  expect(new Set(all).size).toBe(all.length);
  for (const id of acknowledged) expect(all).toContain(id);
});

test('each batch is in the log once, and each entry of the log has its batch', async () => {
  await until(async () => (await unlogged()) === 0);
  const commitments = await loggedCommitments();
  const [{ n } = { n: 0n }] = await network.sql<{ n: bigint }[]>`select count(*) as n from envelope_batch`;
  expect(commitments.length).toBe(Number(n));
  expect(new Set(commitments).size).toBe(commitments.length);
});

test('certificates and territories that end soon are renewed by the next process that starts', async () => {
  await killDelivery();
  const soon = Math.floor(Date.now() / 1000) + 10 * 86_400;
  await network.sql`update device_cert set not_after = ${soon} where device_id = ${bob.deviceId}`;
  await network.sql`update territory_statement set day_to = ${Math.floor(Date.now() / 86_400_000) + 1} where device_id = ${bob.deviceId}`;
  await network.startDelivery('delivery-0');
  await until(async () => (await loggedOf('device_cert')) === 2 && (await loggedOf('territory_statement')) === 2);
  await bob.connect();
});

async function loggedOf(table: string): Promise<number> {
  const rows = await network.sql`select 1 from ${network.sql(table)} where device_id = ${bob.deviceId} and log_index is not null`;
  return rows.length;
}

async function expectOnce(sealed: Sealed): Promise<void> {
  await reconnect();
  const { stamp } = await alice.submit(sealed);
  const again = await alice.submit(sealed);
  expect(again.stamp).toEqual(stamp);
  expect(decode(relayStampCodec, stamp).batch).toBeGreaterThan(0n);
  const all = await drainAll();
  expect(all.filter((id) => id === idOf(sealed)).length).toBe(1);
}

async function killDelivery(): Promise<void> {
  const running = network.delivery.pop() as Process;
  await running.stop('SIGKILL');
}

async function reconnect(): Promise<void> {
  await alice.connect();
  await bob.connect();
}

/** Ids of all messages in bob's mailbox, which he never acknowledges here. */
async function drainAll(): Promise<string[]> {
  await bob.connect();
  const items = await bob.drain();
  return items.flatMap(({ item }) => (item.case === 'message' ? [idIn(item.value.delivery)] : []));
}

function idOf({ delivery }: Sealed): string {
  return idIn(delivery);
}

function idIn(delivery: Uint8Array): string {
  return Buffer.from(decode(deliveryCodec, delivery).envelope.hdr.msgId).toString('hex');
}

async function unlogged(): Promise<number> {
  const [row] = await network.sql<{ n: bigint }[]>`select count(*) as n from envelope_batch where log_index is null`;
  return Number(row?.n);
}

/** Of all type 13 entries, by a copy of the log of our own. */
async function loggedCommitments(): Promise<string[]> {
  const now = () => Math.floor(Date.now() / 1000);
  const mirror = await LogMirror.open({ anchor: parseNetwork(new Fields(network.anchor)), dir: null, now });
  mirror.start();
  const [{ last } = { last: 0n }] = await network.sql<{ last: bigint }[]>`select max(log_index) as last from envelope_batch`;
  await mirror.waitForSize(Number(last) + 1, AbortSignal.timeout(30_000));
  const entries = mirror.directory.entriesOf(EntryType.envelopeBatch);
  await mirror.stop();
  return entries.map(({ entry }: { entry: LogEntry }) => (entry.form === 1 ? Buffer.from(entry.commitment).toString('hex') : ''));
}

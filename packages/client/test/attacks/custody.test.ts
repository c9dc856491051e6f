/** Senders and relays who deceive: what differs from custody's copy is refused, kept as refused, and reported (PROTOCOL 9, 14). */
import { decode, encode, toUtf8 } from '@countersign/bytes';
import { createRoster, deliveryCodec, reportCodec, rosterCodec } from '@countersign/custody';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Client, MessageRecord } from '../../src/index.ts';
import { type BadLine, badLine, itemsOf } from '../support/bad-line.ts';
import { seedOf } from '../support/genesis.ts';
import { TestNetwork, until } from '../support/network.ts';
import { row, say, seen, texts } from '../support/talk.ts';

/** What the next sender in this process does wrong. */
const evil = vi.hoisted(() => ({ wrap: false, ownership: false, admin: false }));

vi.mock('@countersign/custody', async (importOriginal) => {
  const real = await importOriginal<typeof import('@countersign/custody')>();
  return {
    ...real,
    sealEnvelope(...input: Parameters<typeof real.sealEnvelope>) {
      const sealed = real.sealEnvelope(...input);
      if (!evil.wrap) return sealed;
      // Members get another content key than custody.
      const mlsPayload = sealed.mlsPayload.slice();
      mlsPayload[0] = (mlsPayload[0] as number) ^ 1;
      return { ...sealed, mlsPayload };
    },
    verifyContentOwner(...input: Parameters<typeof real.verifyContentOwner>) {
      if (!evil.ownership) real.verifyContentOwner(...input);
    },
    verifyContentAdmin(...input: Parameters<typeof real.verifyContentAdmin>) {
      if (!evil.admin) real.verifyContentAdmin(...input);
    },
  };
});

describe('deceivers', () => {
  let network: TestNetwork;
  let anna: Client;
  let boris: Client;
  let line: BadLine;
  let conversation: string;

  beforeAll(async () => {
    network = await TestNetwork.start();
    anna = await network.member('anna');
    line = badLine();
    boris = await network.member('boris', { transport: line });
    conversation = await anna.direct('boris');
    await say(anna, conversation, 'good morning');
    await seen(boris, 'good morning');
  });

  afterAll(() => network?.stop());

  const refused = (code: string): Promise<MessageRecord> =>
    row(boris, (message) => message.state === 'refused' && message.code === code);

  /** The report that the service has of this fault. */
  async function reported(code: string): Promise<void> {
    // The heartbeat sends reports; a new connection does so at once.
    line.cut();
    await until(async () => {
      const rows = await network.sql<{ report: Buffer }[]>`select report from report where code = ${code}`;
      return rows.some(({ report }) => toUtf8(decode(reportCodec, report).code) === code);
    });
  }

  it('custody gets another key than the members: refused and reported', async () => {
    evil.wrap = true;
    await say(anna, conversation, 'for members only');
    evil.wrap = false;
    const message = await refused('envelope.wrap_mismatch');
    expect(message.body).toBeNull();
    await reported('envelope.wrap_mismatch');
    // The chain goes on behind it.
    await say(anna, conversation, 'honest again');
    await seen(boris, 'honest again');
    expect(await texts(boris, conversation)).not.toContain('for members only');
  });

  it('an envelope that was changed on its way is refused', async () => {
    line.down = (frame) => {
      for (const { item } of itemsOf(frame)) {
        if (item.case !== 'message') continue;
        const { envelope, mlsMessage } = decode(deliveryCodec, item.value.delivery);
        const ct = envelope.ct.slice();
        ct[0] = (ct[0] as number) ^ 1;
        item.value.delivery = encode(deliveryCodec, { envelope: { ...envelope, ct }, mlsMessage });
      }
      return [frame];
    };
    await say(anna, conversation, 'to be changed');
    const message = await refused('relay.stamp_invalid');
    line.down = (frame) => [frame];
    expect(message.body).toBeNull();
    await reported('relay.stamp_invalid');
  });

  it('a stamp without its place in the batch is refused', async () => {
    line.down = (frame) => {
      for (const { item } of itemsOf(frame)) {
        if (item.case === 'message' && item.value.batch !== undefined) item.value.batch.leafIndex += 1;
      }
      return [frame];
    };
    await say(anna, conversation, 'not in the log');
    await refused('log.promise_broken');
    line.down = (frame) => [frame];
    await reported('log.promise_broken');
  });

  it('a grant that another key signed is refused', async () => {
    const carla = await network.member('carla');
    line.down = (frame) => {
      if (frame.body.case === 'grants') {
        for (const shown of frame.body.value.grants) {
          shown.grant = shown.grant.slice();
          shown.grant[shown.grant.length - 1] = (shown.grant.at(-1) as number) ^ 1;
        }
      }
      return [frame];
    };
    const other = await carla.direct('boris');
    await say(carla, other, 'with a bad grant');
    await refused('grant.not_logged');
    line.down = (frame) => [frame];
    expect(await texts(boris, other)).toEqual([]);
  });

  it('nobody edits or deletes what another one wrote', async () => {
    const { id } = await seen(boris, 'good morning');
    const group = await anna.createGroup('Rights', ['boris']);
    await say(anna, group, 'anna was here');
    await seen(boris, 'anna was here');
    await say(boris, group, 'mine');
    const mine = await seen(anna, 'mine');
    await expect(anna.send(group, { kind: 'edit', target: mine.id, text: 'changed' })).rejects.toMatchObject({
      code: 'content.not_owner',
    });
    expect((await boris.message(id))?.deleted).toBe(false);
  });

  it('a device refuses what a dishonest sender did not', async () => {
    // The sender's own check is off while it makes the message, and the recipient's is on when it arrives.
    const away = (): void => boris.disconnect();
    const group = (await anna.conversations()).find(({ name }) => name === 'Rights')?.id as string;
    const mine = await seen(anna, 'mine');
    away();
    evil.ownership = true;
    await (await anna.send(group, { kind: 'edit', target: mine.id, text: 'forged' })).acked;
    evil.ownership = false;
    await boris.connect();
    await refused('content.not_owner');
    expect(await texts(boris, group)).toEqual(['anna was here', 'mine']);
    away();
    const dora = await network.member('dora');
    evil.admin = true;
    await boris.connect();
    const theirs = await boris.createGroup('Admins', ['anna', 'dora']);
    await say(boris, theirs, 'three');
    await seen(anna, 'three');
    away();
    await (await anna.send(theirs, { kind: 'name', name: 'Usurped' })).acked;
    await until(async () => (await dora.conversation(theirs)) !== null);
    evil.admin = false;
    await boris.connect();
    await refused('content.not_admin');
    expect((await boris.conversation(theirs))?.name).toBe('Admins');
  });

  it('a roster that differs from the own state stops the conversation and is reported', async () => {
    const own = badLine();
    const ewa = await network.member('ewa', { transport: own });
    own.down = (frame) => {
      // The relay shows the roster of another group in place of this one.
      if (frame.body.case === 'commitAccepted' && frame.body.value.roster !== undefined) frame.body.value.roster = undefined;
      for (const { item } of itemsOf(frame)) if (item.case === 'commit') delete item.value.roster;
      if (frame.body.case === 'roster') frame.body.value.roster = withOtherTree(frame.body.value.roster);
      return [frame];
    };
    const group = await ewa.createGroup('Forked', ['anna']);
    const { acked } = await ewa.send(group, { kind: 'text', text: 'never leaves' });
    acked.catch(() => undefined);
    await until(async () => (await ewa.conversation(group))?.status === 'stopped');
    expect((await ewa.messages(group)).filter(({ state }) => state === 'queued')).not.toEqual([]);
    own.cut();
    await until(async () => (await network.sql`select 1 from report where code = 'roster.invalid'`).length > 0);
    expect(await texts(anna, group)).toEqual([]);
  });
});

/** Signed by the relay, whose key the test has: only the comparison with the own state can find it. */
function withOtherTree(bytes: Uint8Array): Uint8Array {
  const { sig: _sig, ...roster } = decode(rosterCodec, bytes);
  return encode(rosterCodec, createRoster({ ...roster, treeHash: new Uint8Array(32).fill(7) }, seedOf('relay')));
}

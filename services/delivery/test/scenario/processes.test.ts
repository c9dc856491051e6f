/** Stories: two delivery processes on one database are one service, and a gateway gets every envelope from either. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { decode, equal, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  deliveryCodec,
  envelopeBatchCodec,
  grantCodec,
  relayStampCodec,
  verifyBatchList,
  verifyOpening,
} from '@countersign/custody';
import { createSessionProof, custodyFrames, type deliveryFrames as frames } from '@countersign/wire';
import { beforeAll, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { codeOf, Member, openSocket } from '../support/member.ts';
import { id16, keyOf, networkId, seedOf, TestNetwork, until } from '../support/network.ts';

let network: TestNetwork;
let alice: Member;
let bob: Member;

beforeAll(async () => {
  network = await TestNetwork.start({ processes: 2 });
  alice = await Member.enrolled(network, 'alice', 0);
  bob = await Member.enrolled(network, 'bob', 1);
  for (const member of [alice, bob]) {
    await member.drain();
    await member.publishKeyPackages(3);
  }
  await alice.createGroup();
  await alice.add(bob);
  await bob.join();
  return () => network.stop();
});

test('a message goes from one process to a device at the other, and back', async () => {
  await alice.say('hello over there');
  await until(() => bob.messages().length === 1);
  await bob.say('hello back');
  await until(() => alice.messages().length === 1);
});

test('a proof opens one session, at whichever process', async () => {
  const proof = alice.proof();
  const other = new Member(network, 'other');
  await alice.connect(1, proof);
  expect(await codeOf(other.connect(0, proof))).toBe('session.proof_invalid');
  await alice.connect(0);
  await alice.drain();
});

test('one device at both processes cannot send the same place in a chain twice', async () => {
  const one = await alice.seal('one', { isTrial: true });
  const two = await alice.seal('two', { isTrial: true });
  const second = await elsewhere(alice, 1);
  const codes = await Promise.all([codeOf(alice.submit(one)), codeOf(second.submit(two))]);
  expect(codes.sort()).toEqual(['envelope.seq_invalid', 'ok']);
  second.disconnect();
});

test('batches are numbered without a gap and their stamps are of the relay that took them', async () => {
  await alice.connect(0);
  await alice.drain();
  const rows = await network.sql<
    { batch: bigint; log_index: bigint | null }[]
  >`select batch, log_index from envelope_batch order by batch`;
  expect(rows.map(({ batch }) => Number(batch))).toEqual(rows.map((_, i) => i + 1));
  expect(rows.every(({ log_index }) => log_index !== null)).toBe(true);
});

test('a gateway gets each batch whole and in order, and what the custodians need', async () => {
  const stream = await Gateway.open(network, 0);
  stream.send({ case: 'follow', value: create(custodyFrames.FollowSchema, { fromBatch: 0n }) });
  const [{ n } = { n: 0n }] = await network.sql<{ n: bigint }[]>`select count(*) as n from envelope_batch`;
  await until(() => stream.batches.length === Number(n));
  for (const [i, batch] of stream.batches.entries()) {
    expect(batch.batch).toBe(BigInt(i + 1));
    const { body } = openBatch(batch);
    verifyBatchList(decode(envelopeBatchCodec, body), batch.envHashes);
    expect(batch.envelopes.map(({ stamp }) => decode(relayStampCodec, stamp).batch)).toEqual(
      batch.envelopes.map(() => batch.batch),
    );
  }
  const shown = bob.messages()[0] as frames.MessageItem;
  const { grantId } = decode(deliveryCodec, shown.delivery).envelope.hdr;
  stream.send({ case: 'fetchScopes', value: create(custodyFrames.FetchScopesSchema, { grantIds: [grantId] }) });
  await until(() => stream.scopes.length === 1);
  const scope = stream.scopes[0]?.scopes[0] as custodyFrames.ScopeShown;
  expect(equal(decode(grantCodec, scope.grant).head.scope.deviceId, alice.deviceId)).toBe(true);
  expect(scope.handle).toBe('alice');
  stream.close();
});

test('a slow gateway is sent 64 batches and no more until it has stored some', async () => {
  const stream = await Gateway.open(network, 1);
  const [{ n } = { n: 0n }] = await network.sql<{ n: bigint }[]>`select count(*) as n from envelope_batch`;
  for (let i = 0; i < 80; i++) await bob.say(`one batch ${i}`);
  stream.send({ case: 'follow', value: create(custodyFrames.FollowSchema, { fromBatch: n + 1n }) });
  await until(() => stream.batches.length === 64);
  stream.send({ case: 'progress', value: create(custodyFrames.ProgressSchema, { batch: n + 64n }) });
  await until(() => stream.batches.length === 80);
  expect(stream.batches.map(({ batch }) => batch)).toEqual(stream.batches.map((_, i) => n + BigInt(i + 1)));
  stream.close();
});

test('who is no gateway gets no stream', async () => {
  await expect(Gateway.open(network, 0, 'nobody')).rejects.toThrow('session.proof_invalid');
  await expect(Gateway.open(network, 0, 'gateway', 'wrong key')).rejects.toThrow('session.proof_invalid');
});

test('a device that is revoked at one process loses its session at the other', async () => {
  const carol = await Member.enrolled(network, 'carol', 1);
  await network.operator('POST', `/operator/devices/${toHex(carol.deviceId)}/revoke`, {});
  await until(() => carol.isClosed);
  expect(carol.closeCode).toBe(4001);
});

/** The same device with a second socket. */
async function elsewhere(member: Member, process: number): Promise<Member> {
  const second = new Member(network, member.handle);
  await second.connect(process, member.proof());
  return second;
}

function openBatch(batch: custodyFrames.Batch) {
  for (const name of ['relay delivery-0', 'relay delivery-1']) {
    try {
      return verifyOpening(batch.entry, keyOf(name), { salt: batch.salt, payload: batch.payload });
    } catch {
      // Of the other relay.
    }
  }
  throw new Error('of no relay');
}

class Gateway {
  readonly batches: custodyFrames.Batch[] = [];
  readonly scopes: custodyFrames.Scopes[] = [];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const { frame } = fromBinary(custodyFrames.StreamFrameSchema, new Uint8Array(data as Buffer));
      if (frame.case === 'batch') this.batches.push(frame.value);
      if (frame.case === 'scopes') this.scopes.push(frame.value);
    });
  }

  static async open(of: TestNetwork, process: number, name = 'gateway', keyName = name): Promise<Gateway> {
    const input = { audience: 'custody-stream', networkId, id: id16(name), seed: seedOf(keyName), nowMs: Date.now() } as const;
    const proof = Buffer.from(createSessionProof(input, crypto.randomBytes)).toString('base64url');
    return new Gateway(await openSocket(`${of.delivery[process]?.urls.private}/v1/custody`, proof));
  }

  send(frame: custodyFrames.GatewayFrame['frame']): void {
    this.#socket.send(toBinary(custodyFrames.GatewayFrameSchema, create(custodyFrames.GatewayFrameSchema, { frame })));
  }

  close(): void {
    this.#socket.close();
  }
}

/** Stories: who is not enrolled, or no longer, gets the same answer everywhere and learns nothing from it. */
import { create, toBinary } from '@bufbuild/protobuf';
import { toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { createSessionProof, formatVoucher, deliveryFrames as frames } from '@countersign/wire';
import { beforeAll, expect, test } from 'vitest';
import { codeOf, Member, openSocket } from '../support/member.ts';
import { networkId, TestNetwork, until } from '../support/network.ts';

let network: TestNetwork;
let alice: Member;

beforeAll(async () => {
  network = await TestNetwork.start();
  alice = await Member.enrolled(network, 'alice');
  return () => network.stop();
});

test('every proof that is not right is refused alike', async () => {
  const { audience, seed, id } = { audience: 'delivery' as const, seed: alice.envSeed, id: alice.deviceId };
  const proofOf = (changes: object) =>
    Buffer.from(
      createSessionProof({ audience, networkId, id, seed, nowMs: Date.now(), ...changes } as never, crypto.randomBytes),
    ).toString('base64url');
  const used = alice.proof();
  await (await openSocket(`${alice.url()}/v1/socket`, used)).close();
  const bad = {
    unknown: proofOf({ id: crypto.randomBytes(16) }),
    stranger: proofOf({ seed: crypto.randomBytes(32) }),
    mlsKey: proofOf({ seed: alice.mlsSeed }),
    late: proofOf({ nowMs: Date.now() - 61_000 }),
    early: proofOf({ nowMs: Date.now() + 61_000 }),
    audience: proofOf({ audience: 'review' }),
    network: proofOf({ networkId: crypto.randomBytes(16) }),
    replayed: used,
    short: proofOf({}).slice(0, -4),
  };
  for (const [name, proof] of Object.entries(bad))
    expect([name, await codeOf(alice.connect(0, proof))]).toEqual([name, 'session.proof_invalid']);
  await alice.connect();
});

test('without a session there is enrolment and nothing else', async () => {
  const base = alice.url();
  const id = toHex(crypto.randomBytes(32));
  const calls = [
    ['GET', '/v1/socket', 404],
    ['GET', '/v1/enrol', 404],
    ['GET', `/v1/blobs/${id}`, 401],
    ['PUT', `/v1/blobs/${id}`, 401],
    ['GET', '/operator/devices', 404],
    ['GET', '/metrics', 404],
    ['GET', '/v1/custody', 404],
    ['GET', '/../../etc/passwd', 404],
  ] as const;
  for (const [method, path, status] of calls) {
    const response = await fetch(`${base}${path}`, { method, ...(method === 'PUT' ? { body: 'x' } : {}) });
    expect([path, response.status]).toEqual([path, status]);
  }
});

test('operator calls need the operator', async () => {
  const base = network.delivery[0]?.urls.private;
  for (const path of [
    '/operator/devices',
    '/operator/accounts/alice',
    '/operator/feedback',
    '/operator/reports',
    '/operator/policy',
  ]) {
    expect((await fetch(`${base}${path}`)).status).toBe(401);
    expect((await fetch(`${base}${path}`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  }
});

test('a wrong voucher is told nothing more, whatever is wrong, and the guesses run out', async () => {
  const [used, fresh] = await network.vouchers(2);
  await new Member(network, 'bob').enrol([used as string]);
  const wrong = [used as string, formatVoucher(crypto.randomBytes(16)), 'CS1-', 'x'.repeat(5000), `${fresh}A`];
  const answers = [];
  for (const voucher of wrong) answers.push(await alice.post('/v1/voucher', { voucher }));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(answers[0]?.json.code).toBe('voucher.invalid');
  const request = await new Member(network, 'carol').enrolRequest([fresh as string]);
  // Handle and keys are not looked at before the voucher.
  const refused = await alice.post('/v1/enrol', { ...request, handle: 'alice', vouchers: [used] });
  expect(refused.json.code).toBe('voucher.invalid');
  for (let i = 0; i < 25; i++) await alice.post('/v1/voucher', { voucher: 'CS1-WRONG' });
  expect((await alice.post('/v1/voucher', { voucher: 'CS1-WRONG' })).json.code).toBe('limit.rate');
});

test('what is no frame ends the session; a frame without a request is refused', async () => {
  await alice.connect();
  alice.sendRaw(toBinary(frames.ClientFrameSchema, create(frames.ClientFrameSchema, { requestId: 9n })));
  alice.sendRaw(new Uint8Array([255, 255, 255]));
  await until(() => alice.isClosed);
  expect(alice.closeCode).toBe(1002);
  await alice.connect();
  alice.sendRaw(new Uint8Array(7 * 2 ** 20));
  await until(() => alice.isClosed);
  expect(alice.closeCode).toBe(1009);
  await alice.connect();
});

test('a device has four connections and no fifth', async () => {
  const sockets = [];
  for (let i = 0; i < 3; i++) sockets.push(await openSocket(`${alice.url()}/v1/socket`, alice.proof()));
  await expect(openSocket(`${alice.url()}/v1/socket`, alice.proof())).rejects.toThrow('limit.connections');
  for (const socket of sockets) socket.close();
});

test('a revoked device is told so, loses its socket and gets no other', async () => {
  await network.operator('POST', `/operator/devices/${toHex(alice.deviceId)}/revoke`, {});
  await until(() => alice.isClosed);
  expect(alice.pushes.some((push) => push.case === 'revoked')).toBe(true);
  expect(await codeOf(alice.connect())).toBe('session.proof_invalid');
});

test('no log line of the service holds a handle, a voucher or an id', async () => {
  const said = network.delivery[0]?.said.join('\n') ?? '';
  for (const secret of ['alice', 'CS1-', toHex(alice.deviceId), toHex(alice.accountId)]) expect(said).not.toContain(secret);
});

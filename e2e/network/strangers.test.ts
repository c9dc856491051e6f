/**
 * Every route and socket against those who may not use it: they get a code, and the same one whether or not what they ask for exists.
 * Long because one running network is asked by every stranger.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { custodianFrames, formatVoucher, isAppCode, logFrames } from '@countersign/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network, type Person } from './harness.ts';
import { deviceKeys, enrol, enrolBy, gather, type Member, say, vouchers } from './members.ts';
import { type Answer, call, Officer, type ProofWish, proofOf } from './officers.ts';
import { putOrder } from './orders.ts';
import { until } from './until.ts';
import { tryUpgrade } from './upgrades.ts';

const START_MAX_MS = 900_000;
const STORY_MAX_MS = 180_000;

type Caller = Pick<Person, 'id' | 'seed'>;

const hex = (bytes: number) => toHex(crypto.randomBytes(bytes));
const stranger = (): Caller => ({ id: hex(16), seed: hex(32) });
const FOREIGN_NETWORK = hex(16);

let network: Network;
let alice: Member;
let bob: Member;
let revoked: Caller;
let revokedToken: string;
let au: Officer;
let us: Officer;
let order: string;
let group: string;
let message: string;
let blob: string;

beforeAll(async () => {
  network = await Network.start();
  alice = await enrol(network, 'alice');
  bob = await enrol(network, 'bob');
  const calls: { url: string; authorization: string | null }[] = [];
  const recorded: typeof fetch = (input, init) => {
    calls.push({ url: String(input), authorization: new Headers(init?.headers).get('authorization') });
    return fetch(input, init);
  };
  const mallory = await enrol(network, 'mallory', 'AU', recorded);
  revoked = await deviceKeys(mallory);
  group = await gather(alice, [bob, mallory]);
  const attached = await mallory.client.sendAttachment(group, { name: 'a', mime: 'text/plain', data: crypto.randomBytes(900) });
  await attached.acked;
  const upload = calls.find(({ url }) => url.includes('/v1/blobs/'));
  blob = upload?.url.split('/').at(-1) ?? '';
  revokedToken = upload?.authorization ?? '';
  order = await putOrder(network, { subjects: [`group:${group}`], readers: new Map([['AU', []]]) });
  [au, us] = [await Officer.signIn(network, 'AU'), await Officer.signIn(network, 'US')];
  au.follow();
  message = await say(alice, group, 'this exists');
  await until('the message is in the archive', () => au.feed.some(({ message_id }) => message_id === message));
  const shut = new Promise<void>((resolve) => mallory.client.events.on('revoked', () => resolve()));
  await network.operator(`/operator/devices/${revoked.id}/revoke`, {});
  await shut;
  await mallory.client.close();
}, START_MAX_MS);

afterAll(async () => {
  await au?.stop();
  await Promise.all([alice, bob].map((member) => member?.client.close()));
  await network?.stop();
}, 60_000);

/** All are refused, with this code and in exactly the same words. */
function expectAlike(
  answers: readonly (readonly [name: string, answer: { readonly status: number; readonly code: string | null }])[],
  code: string,
) {
  const [[, first]] = answers as [(typeof answers)[number]];
  for (const [name, answer] of answers) expect([name, answer]).toEqual([name, first]);
  expect(first.code).toBe(code);
}

const bare = (proof: string) => proof.slice('Proof '.length);

/** Proofs that no service takes: of nobody, of the wrong key, of another network, for another service, of another kind of person. */
async function badProofs(audience: ProofWish['audience'], known: Caller, others: Readonly<Record<string, Caller>>) {
  const proof = (caller: Caller, wish: ProofWish = {}) => proofOf(network, caller, { audience, ...wish } as ProofWish);
  const elsewhere = audience === 'review' ? 'delivery' : 'review';
  return {
    'nobody known': proof(stranger()),
    'a known id with another key': proof({ id: known.id, seed: hex(32) }),
    'a right key under another id': proof({ id: hex(16), seed: known.seed }),
    'for another network': proof(known, { networkId: FOREIGN_NETWORK }),
    'somebody of another network': proof(stranger(), { networkId: FOREIGN_NETWORK }),
    'for another service': proof(known, { audience: elsewhere }),
    'cut short': proof(known).slice(0, -8),
    ...Object.fromEntries(Object.entries(others).map(([name, caller]) => [name, proof(caller)])),
  };
}

describe('delivery', () => {
  test('opens its socket to devices in force and to nobody else', { timeout: STORY_MAX_MS }, async () => {
    const url = `${network.urls.api}/v1/socket`;
    const own = await deviceKeys(alice);
    const [gateway] = network.keys.gateways as [(typeof network.keys.gateways)[number]];
    const others = {
      'a revoked device': revoked,
      'an officer': network.person('au-officer'),
      'a gateway': { id: gateway.certs[0]?.id ?? '', seed: gateway.seed },
    };
    const refused = await Promise.all(
      Object.entries(await badProofs('delivery', own, others)).map(
        async ([name, proof]) => [name, await tryUpgrade(url, bare(proof))] as const,
      ),
    );
    const used = bare(proofOf(network, own, { audience: 'delivery' }));
    expect(await tryUpgrade(url, used)).toMatchObject({ status: 101 });
    const more = [
      ['without a proof', await tryUpgrade(url, null)],
      ['a proof once more', await tryUpgrade(url, used)],
    ] as const;
    expectAlike([...refused, ...more], 'session.proof_invalid');
  });

  test('opens its custody stream to gateways and to nobody else', { timeout: STORY_MAX_MS }, async () => {
    const url = `${await network.url('delivery', 'private')}/v1/custody`;
    const [gateway] = network.keys.gateways as [(typeof network.keys.gateways)[number]];
    const known = { id: gateway.certs[0]?.id ?? '', seed: gateway.seed };
    const others = {
      'a member': await deviceKeys(alice),
      'a revoked device': revoked,
      'an officer of a hosted agency': network.person('au-officer'),
      'a custodian': network.keys.custodians[0]?.human as Caller,
    };
    const proofs = await badProofs('custody-stream', known, others);
    const refused = await Promise.all(
      Object.entries(proofs).map(async ([name, proof]) => [name, await tryUpgrade(url, bare(proof))] as const),
    );
    expectAlike([...refused, ['without a proof', await tryUpgrade(url, null)]], 'session.proof_invalid');
    const welcome = bare(proofOf(network, known, { audience: 'custody-stream' }));
    expect(await tryUpgrade(url, welcome)).toMatchObject({ status: 101 });
    // Members' port has no such door, and the services' port none for members.
    expect(await tryUpgrade(`${network.urls.api}/v1/custody`, null)).toMatchObject({ code: 'input.unknown_route' });
    const inside = await network.url('delivery', 'private');
    expect(await tryUpgrade(`${inside}/v1/socket`, null)).toMatchObject({ code: 'input.unknown_route' });
  });

  test('tells of a voucher that it is wrong and not why, and looks at nothing else before it', {
    timeout: STORY_MAX_MS,
  }, async () => {
    const [used = ''] = await vouchers(network, 1);
    const { client } = await enrolBy(network, used, 'carol');
    await client.close();
    const voucher = (text: string) => call(`${network.urls.api}/v1/voucher`, { body: { voucher: text } });
    expectAlike(
      [
        ['used', await voucher(used)],
        ['unknown', await voucher(formatVoucher(crypto.randomBytes(16)))],
        ['malformed', await voucher('CS1-')],
        ['long', await voucher('x'.repeat(2_000))],
      ],
      'voucher.invalid',
    );
    const enrolment = (handle: string, text: string) =>
      call(`${network.urls.api}/v1/enrol`, {
        body: {
          ...{ vouchers: [text], handle, device_id: hex(16), mls_sig_key: hex(32), env_sig_key: hex(32) },
          ...{ consent: { statement_hash: hex(32), signature: hex(64) }, proof_of_possession: hex(64) },
        },
      });
    expectAlike(
      [
        ['a handle that is taken', await enrolment('alice', used)],
        ['a free handle', await enrolment('nobody-has-this', used)],
        ['the handle of a revoked device', await enrolment('mallory', formatVoucher(crypto.randomBytes(16)))],
      ],
      'voucher.invalid',
    );
  });

  test('gives and takes attachments under the token of a device in force', { timeout: STORY_MAX_MS }, async () => {
    const base = `${network.urls.api}/v1/blobs`;
    expect(blob).toMatch(/^[0-9a-f]{64}$/);
    expect(revokedToken).toMatch(/^Bearer /);
    const answers: [string, Answer][] = [];
    for (const [who, authorization] of [
      ['nobody', undefined],
      ['a guessed token', `Bearer ${hex(32)}`],
      ['a revoked device', revokedToken],
      ['the operator', `Bearer ${network.keys.operatorToken}`],
      ['an officer', au.authorization],
    ] as const)
      for (const [what, id] of [
        ['an attachment that is there', blob],
        ['one that is not', hex(32)],
        ['what is no id', 'x'],
      ] as const)
        for (const method of ['GET', 'PUT']) {
          const body = method === 'PUT' ? { body: crypto.randomBytes(16) } : {};
          const given = authorization === undefined ? {} : { authorization };
          answers.push([`${who} ${method}s ${what}`, await call(`${base}/${id}`, { method, ...given, ...body })]);
        }
    expectAlike(answers, 'session.expired');
  });

  test("shows nothing of the operator's and the services' side on members' port", { timeout: STORY_MAX_MS }, async () => {
    const paths = ['/operator/accounts/alice', '/operator/devices', '/operator/policy', '/metrics', '/v1/custody', '/v1/orders'];
    const authorization = `Bearer ${network.keys.operatorToken}`;
    for (const path of paths)
      expectAlike(
        [[path, await call(`${network.urls.api}${path}`, { method: 'POST', body: {}, authorization })]],
        'input.unknown_route',
      );
  });

  test("answers the operator's calls to the operator", { timeout: STORY_MAX_MS }, async () => {
    const base = await network.url('delivery', 'private');
    const answers: [string, Answer][] = [];
    for (const authorization of [undefined, 'Bearer wrong', au.authorization, revokedToken])
      for (const path of ['accounts/alice', 'accounts/nobody', 'devices', 'policy', 'feedback', 'reports'])
        answers.push([path, await call(`${base}/operator/${path}`, authorization === undefined ? {} : { authorization })]);
    for (const path of ['vouchers', `devices/${revoked.id}/revoke`, `devices/${hex(16)}/revoke`])
      answers.push([path, await call(`${base}/operator/${path}`, { body: { count: 1, territory: 'AU' } })]);
    expectAlike(answers, 'session.expired');
  });
});

/** Each call of an officer's console, once with what exists and once with what does not. */
function readingCalls(): readonly (readonly [name: string, path: string, body?: object])[] {
  const ids = { known: { order, group, message }, unknown: { order: hex(16), group: hex(16), message: hex(16) } };
  return (['known', 'unknown'] as const).flatMap((which) => {
    const { order: id, group: conversation, message: item } = ids[which];
    return [
      [`scopes, ${which}`, `/v1/orders/${id}/scopes`],
      [`requests, ${which}`, `/v1/orders/${id}/requests`, { request: 'ff' }],
      [`feed, ${which}`, `/v1/feed?live=0&order=${id}`],
      [`search, ${which}`, `/v1/search?q=exists&order=${id}`],
      [`message, ${which}`, `/v1/messages/${item}?order=${id}`],
      [`conversation, ${which}`, `/v1/conversations/${conversation}?order=${id}`],
      [`evidence, ${which}`, '/v1/evidence', { order: id, message_ids: [item] }],
    ] as const;
  });
}

describe('review', () => {
  test('opens sessions to officers of the agencies that it hosts', { timeout: STORY_MAX_MS }, async () => {
    const gateways = [
      ['AU', 'nl-officer'],
      ['NL', 'au-officer'],
    ] as const;
    for (const [host, guest] of gateways) {
      const url = await network.gatewayUrl(network.agency(host));
      const known = network.person(`${host.toLowerCase()}-officer`);
      const others = {
        "another gateway's officer": network.person(guest),
        'an authority': network.person('authority'),
        oversight: network.person('oversight'),
        'a member': await deviceKeys(alice),
        'a custodian': network.keys.custodians[0]?.human as Caller,
      };
      const open = (authorization?: string) =>
        call(`${url}/v1/session`, { body: {}, ...(authorization === undefined ? {} : { authorization }) });
      const used = proofOf(network, known);
      expect((await open(used)).status).toBe(200);
      const refused: [string, Answer][] = [
        ['no proof', await open()],
        ['a proof once more', await open(used)],
      ];
      for (const [name, proof] of Object.entries(await badProofs('review', known, others)))
        refused.push([name, await open(proof)]);
      expectAlike(refused, 'session.proof_invalid');
    }
  });

  test('answers nothing without a session, whatever exists', { timeout: STORY_MAX_MS }, async () => {
    const joint = await network.gatewayUrl(network.agency('AU'));
    const elsewhere = await network.gatewayUrl(network.agency('NL'));
    const answers: [string, Answer][] = [];
    for (const [who, url, authorization] of [
      ['nobody', joint, undefined],
      ['a guessed token', joint, `Bearer ${hex(32)}`],
      ['a proof in place of a token', joint, proofOf(network, network.person('au-officer'))],
      ['a session of another gateway', elsewhere, au.authorization],
      ["a device's token", joint, revokedToken],
    ] as const)
      for (const [name, path, body] of [...readingCalls(), ['orders', '/v1/orders'] as const])
        answers.push([
          `${who}: ${name}`,
          await call(`${url}${path}`, { ...(authorization && { authorization }), ...(body && { body }) }),
        ]);
    expectAlike(answers, 'session.expired');
  });

  test("does not know an order, message or conversation for another agency's officer", { timeout: STORY_MAX_MS }, async () => {
    const calls = readingCalls();
    const half = calls.length / 2;
    for (let i = 0; i < half; i++) {
      const [name, ...known] = calls[i] as (typeof calls)[number];
      const [, ...unknown] = calls[i + half] as (typeof calls)[number];
      const answer = await us.call(...known);
      expect([name, answer]).toEqual([name, await us.call(...unknown)]);
      expect([name, isAppCode(answer.code ?? '')]).toEqual([name, true]);
      expect(['input.unknown_order', 'input.unknown_message', 'policy.no_order', 'input.malformed']).toContain(answer.code);
    }
    expect((await us.call('/v1/orders')).json).toEqual({ orders: [] });
    expect(await us.readAll()).toEqual([]);
    // The same calls of the officer whom the order names are answered.
    expect((await au.call(`/v1/messages/${message}?order=${order}`)).status).toBe(200);
    expect((await au.call(`/v1/search?q=exists&order=${order}`)).status).toBe(200);
  });

  test('takes no order from openings that prove nothing', { timeout: STORY_MAX_MS }, async () => {
    const url = await network.gatewayUrl(network.agency('AU'));
    for (const openings of [
      [],
      [{ index: 1, salt: hex(32), payload: 'ff' }],
      [{ index: 2, salt: 'x', payload: '' }],
      'x',
      null,
    ]) {
      const { status, code } = await call(`${url}/v1/orders`, { body: { openings } });
      expect([status >= 400 && status < 500, code === null]).toEqual([true, false]);
    }
  });
});

describe('a custodian', () => {
  test('opens a session to its own human alone', { timeout: STORY_MAX_MS }, async () => {
    const url = await network.url('custodian-1', 'private');
    const [own, another] = network.keys.custodians.map(({ human }) => human) as [Caller, Caller];
    const others = {
      "another custodian's human": another,
      'an officer': network.person('au-officer'),
      'an authority': network.person('authority'),
      'a member': await deviceKeys(alice),
    };
    const refused: [string, Answer][] = [['no proof', await call(`${url}/v1/session`, { body: {} })]];
    for (const [name, authorization] of Object.entries(await badProofs('custodian', own, others)))
      refused.push([name, await call(`${url}/v1/session`, { body: {}, authorization })]);
    expectAlike(refused, 'session.proof_invalid');
    const welcome = proofOf(network, own, { audience: 'custodian' });
    expect((await call(`${url}/v1/session`, { body: {}, authorization: welcome })).status).toBe(200);
  });

  test('lets nobody else decide, run a ceremony or destroy a share', { timeout: STORY_MAX_MS }, async () => {
    const url = await network.url('custodian-1', 'private');
    const answers: [string, Answer][] = [];
    for (const authorization of [undefined, `Bearer ${hex(32)}`, au.authorization]) {
      const given = authorization === undefined ? {} : { authorization };
      answers.push(['orders', await call(`${url}/v1/orders`, given)]);
      for (const id of [order, hex(16), 'x'])
        answers.push(['decision', await call(`${url}/v1/orders/${id}/decision`, { ...given, body: { decision: 'approve' } })]);
      for (const step of ['key', 'open', 'hashes', 'round1', 'round2', 'sign', 'finish', 'abort', 'x'])
        answers.push([step, await call(`${url}/v1/ceremony/${step}`, { ...given, body: { ceremony_id: hex(16) } })]);
      answers.push(['destroy', await call(`${url}/v1/keys/destroy`, { ...given, body: { custody_key_id: hex(32), method: 1 } })]);
    }
    expectAlike(answers, 'session.expired');
  });

  test('releases nothing on a call that is not a logged request', { timeout: STORY_MAX_MS }, async () => {
    const url = `${await network.url('custodian-1', 'private')}/v1/release`;
    expect(await call(url, { body: crypto.randomBytes(64) })).toMatchObject({ code: 'frame.malformed' });
    expect(await call(url, { body: {} })).toMatchObject({ code: 'frame.malformed' });
    const checkpoint = await (await fetch(`${network.urls.log}/checkpoint`)).arrayBuffer();
    const frame = create(custodianFrames.ReleaseCallSchema, {
      checkpoint: new Uint8Array(checkpoint),
      request: { index: 3n, entry: crypto.randomBytes(200), salt: crypto.randomBytes(32), payload: crypto.randomBytes(100) },
    });
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/protobuf' },
      body: Buffer.from(toBinary(custodianFrames.ReleaseCallSchema, frame)),
    });
    const reply = fromBinary(custodianFrames.ReleaseReplySchema, new Uint8Array(await response.arrayBuffer()));
    expect([reply.releases, /^[a-z]+\.[a-z_]+$/.test(reply.code)]).toEqual([[], true]);
  });
});

describe('the log', () => {
  test("can be read by anybody and written by nobody on the readers' port", { timeout: STORY_MAX_MS }, async () => {
    for (const path of [
      '/checkpoint',
      '/tile/entries/000',
      '/v1/entries',
      '/v1/openings',
      `/v1/openings/${hex(32)}`,
      '/metrics',
      '/x',
    ])
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
        expectAlike(
          [[`${method} ${path}`, await call(`${network.urls.log}${path}`, { method, body: {} })]],
          'input.unknown_route',
        );
    for (const path of ['/tile/0/x999/999', '/tile/0/../../x', '/tile/9/000', '/v1/actors/x/y', '/tile/entries/x001/000'])
      expectAlike([[path, await call(`${network.urls.log}${path}`)]], 'input.unknown_route');
  });

  test('takes no entry of somebody whom the profile does not name', { timeout: STORY_MAX_MS }, async () => {
    const url = `${await network.url('logbook', 'private')}/v1/entries`;
    const entries = [crypto.randomBytes(0), crypto.randomBytes(1), crypto.randomBytes(300)];
    const frame = create(logFrames.AppendRequestSchema, { appends: entries.map((entry) => ({ entry })) });
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/protobuf' },
      body: Buffer.from(toBinary(logFrames.AppendRequestSchema, frame)),
    });
    const { results } = fromBinary(logFrames.AppendReplySchema, new Uint8Array(await response.arrayBuffer()));
    expect(results.map(({ index, code }) => [index, /^[a-z]+\.[a-z_]+$/.test(code)])).toEqual(
      entries.map(() => [undefined, true]),
    );
    expect(await call(url, { body: crypto.randomBytes(40) })).toMatchObject({ code: 'frame.malformed' });
  });
});

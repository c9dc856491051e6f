/** Stories: each rule of the relay's list, of the groups and of the directory, with its code (PROTOCOL 5, 9.3). */
import { create } from '@bufbuild/protobuf';
import { decode, encode, fromUtf8, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  CHAIN_START,
  commit,
  createLogEntry,
  createReport,
  type DeviceTerritory,
  deviceTerritoryCodec,
  EntryType,
  encodeSecretPayload,
  grantCodec,
  hourOf,
  keyId,
  NO_PREVIOUS_ENTRY,
  objectHash,
  openSealedOpening,
  reportCodec,
  ZERO_HANDLE,
} from '@countersign/custody';
import { fetchOpenings } from '@countersign/service';
import { deliveryFrames as frames, verifyPolicyStatement } from '@countersign/wire';
import { beforeAll, describe, expect, test } from 'vitest';
import { codeOf, Member, suite } from '../support/member.ts';
import { keyOf, networkId, seedOf, TestNetwork, until } from '../support/network.ts';

let network: TestNetwork;
let alice: Member;
let bob: Member;
let carol: Member;

beforeAll(async () => {
  network = await TestNetwork.start();
  alice = await Member.enrolled(network, 'alice');
  bob = await Member.enrolled(network, 'bob');
  carol = await Member.enrolled(network, 'carol');
  for (const member of [alice, bob, carol]) {
    await member.drain();
    await member.publishKeyPackages(10);
  }
  await alice.createGroup();
  await alice.add(bob);
  await bob.join();
  await alice.say('first');
  return () => network.stop();
});

describe('the relay takes no message that breaks its list', () => {
  test('step 1: of another device, or of another leaf', async () => {
    const sealed = await alice.seal('hers', { isTrial: true });
    expect(await codeOf(bob.submit(sealed))).toBe('relay.device_mismatch');
    const leaf = await alice.seal('leaf', { scope: { leafIndex: 7 }, isTrial: true });
    expect(await codeOf(alice.submit(leaf))).toBe('relay.device_mismatch');
  });

  test('step 2: without its grant, or with one that does not verify', async () => {
    const unknown = await bob.seal('no grant', { isTrial: true });
    expect(await codeOf(bob.submit(unknown, false))).toBe('grant.not_logged');
    const grant = decode(grantCodec, unknown.grant);
    const z = crypto.randomBytes(32);
    z[0] = 0;
    const forged = encode(grantCodec, { ...grant, proof: { ...grant.proof, z } });
    expect(await codeOf(bob.submit({ ...unknown, grant: forged }))).not.toBe('ok');
    const key = await bob.seal('key', { scope: { custodyKeyId: crypto.randomBytes(32) }, isTrial: true });
    expect(await codeOf(bob.submit(key))).toBe('grant.custody_key_unknown');
    const elsewhere = await bob.seal('network', { scope: { networkId: crypto.randomBytes(16) }, isTrial: true });
    expect(await codeOf(bob.submit(elsewhere))).toBe('grant.network_mismatch');
  });

  test('step 2: with a second grant for its scope', async () => {
    const sealed = await alice.seal('first grant', { isTrial: true });
    const held = [...alice.scopes.entries()];
    alice.scopes.clear();
    const second = await alice.seal('second grant', { isTrial: true });
    alice.scopes.clear();
    for (const [key, value] of held) alice.scopes.set(key, value);
    expect(sealed.grant).not.toEqual(second.grant);
    expect(await codeOf(alice.submit(second))).toBe('grant.duplicate_scope');
  });

  test('step 4: of another day', async () => {
    const sealed = await alice.seal('tomorrow', { scope: { day: alice.scope().day + 1 }, isTrial: true });
    expect(await codeOf(alice.submit(sealed))).toBe('relay.day_mismatch');
  });

  test('step 5: with a broken signature, a used id, or out of its place', async () => {
    const sealed = await alice.seal('signature', { isTrial: true });
    const bytes = Uint8Array.from(sealed.delivery);
    const at = 200; // inside ct
    bytes[at] = (bytes[at] as number) ^ 1;
    expect(await codeOf(alice.submit({ ...sealed, delivery: bytes }))).toBe('envelope.signature_invalid');
    const taken = await alice.seal('taken');
    await alice.submit(taken);
    const other = await alice.seal('other bytes', { msgId: taken.msgId, isTrial: true });
    expect(await codeOf(alice.submit(other))).toBe('envelope.replayed');
    const early = await alice.seal('seq', { chain: CHAIN_START, isTrial: true });
    expect(await codeOf(alice.submit(early))).toBe('envelope.seq_invalid');
    const [{ chain } = { chain: CHAIN_START }] = [...alice.scopes.values()];
    const astray = await alice.seal('prev', { chain: { ...chain, lastHash: crypto.randomBytes(32) }, isTrial: true });
    expect(await codeOf(alice.submit(astray))).toBe('envelope.prev_mismatch');
  });

  test('step 6: whose MLS message is of something else', async () => {
    const aad = await alice.seal('aad', { aad: crypto.randomBytes(32), isTrial: true });
    expect(await codeOf(alice.submit(aad))).toBe('relay.mls_mismatch');
    const rubbish = await alice.seal('rubbish', { mls: crypto.randomBytes(100), isTrial: true });
    expect(await codeOf(alice.submit(rubbish))).toBe('relay.mls_mismatch');
  });

  test('and what was refused cost nothing: the next one in order is taken', async () => {
    expect(await codeOf(alice.say('after all that'))).toBe('ok');
  });

  test('bytes that are no delivery', async () => {
    const sealed = { delivery: crypto.randomBytes(300), grant: new Uint8Array(0), msgId: new Uint8Array(16) };
    expect(await codeOf(alice.submit(sealed))).toMatch(/^decode\./);
  });
});

describe('groups', () => {
  test('the first Commit of an epoch wins, the same again gets the same answer', async () => {
    const first = await alice.group.commit({ now: alice.now() });
    const second = await bob.group.commit({ now: bob.now() });
    expect(await codeOf(alice.ask(alice.commitRequest(first)))).toBe('ok');
    expect(await codeOf(bob.ask(bob.commitRequest(second)))).toBe('input.epoch_taken');
    expect(await codeOf(alice.ask(alice.commitRequest(first)))).toBe('ok');
    await alice.group.process(first.commit);
    await bob.group.process(first.commit);
  });

  test('a second Commit in the hour that only renews keys is mls.commit_rate', async () => {
    const frame = await alice.group.commit({ now: alice.now() });
    expect(await codeOf(alice.ask(alice.commitRequest(frame)))).toBe('mls.commit_rate');
    await alice.group.abandonCommit();
  });

  test('an envelope of the epoch before is taken within the grace, one before that is stale', async () => {
    const old = await bob.seal('a little late', { isTrial: true });
    await alice.add(carol);
    await carol.join();
    expect(await codeOf(bob.submit(old))).toBe('ok');
    const older = await bob.seal('too late', { scope: { epoch: (bob.group.epoch as bigint) - 1n }, isTrial: true });
    expect(await codeOf(bob.submit(older))).toBe('relay.epoch_stale');
    await until(() => bob.items.some(({ item }) => item.case === 'commit' && item.value.roster?.roster !== undefined));
    for (const { item } of bob.items) if (item.case === 'commit') await bob.group.process(item.value.commit).catch(() => {});
  });

  test('a Welcome goes to the added devices and nobody else', async () => {
    const dave = await Member.enrolled(network, 'dave');
    await dave.publishKeyPackages(1);
    const request = create(frames.TakeKeyPackagesSchema, { accountIds: [dave.accountId] });
    const { packages } = await alice.ask<frames.KeyPackages>({ case: 'takeKeyPackages', value: request });
    const frame = await alice.group.commit({ add: packages.map((one) => one.keyPackage), now: alice.now() });
    expect(await codeOf(alice.ask(alice.commitRequest(frame, [carol.deviceId])))).toBe('input.malformed');
    await alice.group.abandonCommit();
    // Its only package is given out.
    expect(await codeOf(alice.ask({ case: 'takeKeyPackages', value: request }))).toBe('input.no_key_package');
    dave.disconnect();
  });

  test('a device that is in no such group learns nothing of it', async () => {
    const erin = await Member.enrolled(network, 'erin');
    const { groupId } = alice.group;
    const asked = [
      { case: 'fetchRoster', value: create(frames.FetchRosterSchema, { groupId, epoch: 0n }) },
      { case: 'fetchGroupInfo', value: create(frames.FetchGroupInfoSchema, { groupId }) },
      { case: 'typing', value: create(frames.SetTypingSchema, { groupId }) },
    ] as const;
    for (const request of asked) expect(await codeOf(erin.ask(request))).toBe('input.unknown_group');
    const [{ grant } = { grant: null }] = [...alice.scopes.values()];
    const grantIds = [grant?.grantId as Uint8Array];
    expect(await codeOf(erin.ask({ case: 'fetchGrants', value: create(frames.FetchGrantsSchema, { grantIds }) }))).toBe(
      'input.unknown_grant',
    );
    const shown = await bob.ask<frames.Grants>({ case: 'fetchGrants', value: create(frames.FetchGrantsSchema, { grantIds }) });
    expect(shown.grants[0]?.grant).toEqual(encode(grantCodec, grant?.grant as never));
    erin.disconnect();
  });

  test('a member announces that it leaves, and the next Commit removes it', async () => {
    await carol.follow();
    await bob.follow();
    const from = alice.items.length;
    const proposal = await carol.group.leave();
    await carol.ask({ case: 'proposal', value: create(frames.SendProposalSchema, { groupId: carol.group.groupId, proposal }) });
    await until(() => alice.items.slice(from).some(({ item }) => item.case === 'proposal'));
    await alice.group.process(proposal);
    const frame = await alice.group.commit({ now: alice.now() });
    expect(await codeOf(alice.ask(alice.commitRequest(frame)))).toBe('ok');
    await alice.group.process(frame.commit);
    await bob.group.process(proposal).catch(() => {});
    await bob.group.process(frame.commit);
    const late = await carol.seal('no longer', { isTrial: true }).catch(() => null);
    if (late !== null) expect(await codeOf(carol.submit(late))).toBe('relay.epoch_stale');
  });

  test('typing reaches the others', async () => {
    const { groupId } = alice.group;
    await alice.ask({ case: 'typing', value: create(frames.SetTypingSchema, { groupId }) });
    await until(() => bob.pushes.some((push) => push.case === 'typing'));
    expect(alice.pushes.some((push) => push.case === 'typing')).toBe(false);
  });
});

describe('the directory', () => {
  test('vouchers: single use, a quota, a second device into the same account', async () => {
    const { vouchers } = await alice.ask<frames.Vouchers>({
      case: 'createVouchers',
      value: create(frames.CreateVouchersSchema, { count: 1, validS: 600 }),
    });
    const text = vouchers[0]?.voucher as string;
    const frank = new Member(network, 'frank');
    const request = await frank.enrolRequest([text]);
    const first = await frank.post('/v1/enrol', request);
    expect(first.status).toBe(200);
    expect(await frank.post('/v1/enrol', request)).toEqual(first); // a lost answer costs no voucher
    expect(await codeOf(new Member(network, 'grace').enrol([text]))).toBe('voucher.invalid');
    const own = await alice.ask<frames.Vouchers>({
      case: 'createVouchers',
      value: create(frames.CreateVouchersSchema, { count: 1, validS: 600, forOwnDevice: true }),
    });
    const second = new Member(network, 'ignored');
    await second.enrol([own.vouchers[0]?.voucher as string]);
    expect(second.accountId).toEqual(alice.accountId);
    await network.operator('PUT', '/operator/policy', { voucher_quota: 1 });
    const more = { case: 'createVouchers', value: create(frames.CreateVouchersSchema, { count: 1 }) } as const;
    expect(await codeOf(alice.ask(more))).toBe('voucher.quota_exceeded');
  });

  test('handles are unique whatever their case, and consent is to the statement as it stands', async () => {
    const [first, second] = await network.vouchers(2);
    expect(await codeOf(new Member(network, 'ALICE').enrol([first as string]))).toBe('input.handle_taken');
    const heidi = new Member(network, 'heidi');
    const request = await heidi.enrolRequest([second as string]);
    const consent = { ...(request.consent as object), statement_hash: toHex(crypto.randomBytes(32)) };
    expect((await heidi.post('/v1/enrol', { ...request, consent })).json.code).toBe('input.consent_missing');
    expect((await heidi.post('/v1/enrol', { ...request, proof_of_possession: '00'.repeat(64) })).json.code).toBe(
      'input.malformed',
    );
    expect((await heidi.post('/v1/enrol', request)).status).toBe(200);
  });

  test('the policy is signed, logged, pushed, and obeyed', async () => {
    const from = bob.pushes.length;
    await network.operator('PUT', '/operator/policy', { vouchers_needed: 2, features: { typing: false } });
    await until(() => bob.pushes.slice(from).some((push) => push.case === 'networkChanged'));
    const shown = await bob.ask<frames.Network>({ case: 'fetchNetwork', value: create(frames.FetchNetworkSchema) });
    const relayKeys = [keyOf('relay delivery-0')];
    expect(verifyPolicyStatement(shown.policy, { networkId, relayKeys }).policy.features.typing).toBe(false);
    expect(shown.profile).toEqual(network.profile);
    expect(shown.annex).toEqual(network.annex);
    const { groupId } = alice.group;
    const typing = { case: 'typing', value: create(frames.SetTypingSchema, { groupId }) } as const;
    expect(await codeOf(alice.ask(typing))).toBe('policy.feature_off');
    const voucher = await bob.ask<frames.Vouchers>({
      case: 'createVouchers',
      value: create(frames.CreateVouchersSchema, { count: 1 }),
    });
    const ivan = new Member(network, 'ivan');
    expect(await codeOf(ivan.enrol([voucher.vouchers[0]?.voucher as string]))).toBe('voucher.more_needed');
    await network.operator('PUT', '/operator/policy', {});
  });

  test('territories are opened to custodians, to role 3 and to gateways, later ones included', async () => {
    const { n } = await count(network, 'territory_statement');
    for (const [signer, hpke] of [
      ['custodian 1', 'custodian hpke 1'],
      ['justice', 'justice hpke'],
      ['gateway', 'gateway hpke'],
    ] as const) {
      await until(async () => (await openingsOf(signer)).length === n);
      for (const opening of await openingsOf(signer)) openSealedOpening(opening, seedOf(hpke));
    }
    await network.certifyGateway('later gateway');
    await until(async () => (await openingsOf('later gateway')).length === n);
    const [last] = await openingsOf('later gateway');
    const { payload } = openSealedOpening(last as never, seedOf('later gateway hpke'));
    expect(territoryIn(payload).territory).toBe('DE');
  });

  test('a report is logged under the device and kept for the operator', async () => {
    const [scope] = alice.scopes.values();
    if (scope === undefined) throw new Error('no message was sent before');
    const { grant } = scope.grant;
    const code = fromUtf8('envelope.wrap_mismatch');
    const body = { code, grant, envelope: new Uint8Array(0), time: BigInt(bob.now()) };
    const report = createReport(body, bob.envSeed);
    const salt = crypto.randomBytes(32);
    const payload = encodeSecretPayload(EntryType.report, objectHash(reportCodec, report));
    const head = {
      type: EntryType.report,
      handle: ZERO_HANDLE,
      hour: hourOf(bob.now()),
      noticeBy: 0n,
      prevIndex: NO_PREVIOUS_ENTRY,
    };
    const entry = createLogEntry({ ...head, form: 1, commitment: commit(salt, payload) }, bob.envSeed);
    const value = create(frames.SendReportSchema, { report: encode(reportCodec, report), entry, salt });
    const { logIndex } = await bob.ask<frames.ReportLogged>({ case: 'report', value });
    expect(logIndex).toBeGreaterThan(0n);
    const other = create(frames.SendReportSchema, { ...value, salt: crypto.randomBytes(32) });
    expect(await codeOf(bob.ask({ case: 'report', value: other }))).toBe('log.commitment_mismatch');
    const { reports } = (await network.operator('GET', '/operator/reports')) as { reports: { code: string }[] };
    expect(reports.map((one) => one.code)).toEqual(['envelope.wrap_mismatch']);
  });

  test('attachments go in by their hash and come out as they were', async () => {
    const { token } = await alice.ask<frames.BlobTokenGiven>({ case: 'blobToken', value: create(frames.BlobTokenSchema) });
    const bytes = crypto.randomBytes(300_000);
    const url = `${alice.url()}/v1/blobs/${toHex(crypto.sha256(bytes))}`;
    const headers = { authorization: `Bearer ${token}` };
    const body = Buffer.from(bytes);
    expect((await fetch(url, { method: 'PUT', body, headers })).status).toBe(201);
    expect((await fetch(url, { method: 'PUT', body, headers })).status).toBe(200);
    expect(new Uint8Array(await (await fetch(url, { headers })).arrayBuffer())).toEqual(bytes);
    const wrong = `${alice.url()}/v1/blobs/${toHex(crypto.randomBytes(32))}`;
    expect((await fetch(wrong, { method: 'PUT', body, headers })).status).toBe(400);
    expect((await fetch(wrong, { headers })).status).toBe(404);
    expect((await fetch(url)).status).toBe(401);
  });

  test('a device publishes key packages of its own alone', async () => {
    const own = await bob.keyPackage();
    const value = create(frames.PublishKeyPackagesSchema, { keyPackages: [own.message] });
    expect(await codeOf(alice.ask({ case: 'publishKeyPackages', value }))).toBe('cert.invalid');
    expect(suite).toBeDefined();
  });
});

describe('revocation', () => {
  test('cuts the device off, blocks its groups until a Commit has removed it, and ends its session', async () => {
    const mallory = await Member.enrolled(network, 'mallory');
    await mallory.publishKeyPackages(1);
    await mallory.drain();
    await alice.add(mallory);
    await mallory.join();
    await network.operator('POST', `/operator/devices/${toHex(mallory.deviceId)}/revoke`, { reason: 1 });
    await until(() => mallory.isClosed);
    expect(mallory.pushes.at(-1)?.case).toBe('revoked');
    expect(await codeOf(mallory.connect())).toBe('session.proof_invalid');
    const blocked = await alice.seal('blocked', { isTrial: true });
    expect(await codeOf(alice.submit(blocked))).toBe('cert.invalid');
    const leaf = alice.group.roster().members.at(-1)?.leafIndex as number;
    const frame = await alice.group.commit({ remove: [leaf], now: alice.now() });
    await alice.ask(alice.commitRequest(frame));
    await alice.group.process(frame.commit);
    expect(await codeOf(alice.say('free again'))).toBe('ok');
  });
});

async function openingsOf(name: string) {
  const { openings } = await fetchOpenings(network.logbook.urls.private as string, keyId(keyOf(name)), 0n);
  return openings;
}

function territoryIn(payload: Uint8Array): DeviceTerritory {
  // version, type and a length of two bytes stand before the body.
  const length = ((payload[3] as number) << 8) | (payload[4] as number);
  return decode(deviceTerritoryCodec, payload.subarray(5, 5 + length));
}

async function count({ sql }: TestNetwork, table: string): Promise<{ n: number }> {
  const [row] = await sql<{ n: bigint }[]>`select count(*) as n from ${sql(table)}`;
  return { n: Number(row?.n) };
}

/** The answer to each frame of a device (contracts/delivery.proto). What a handler throws becomes the Refusal. */
import { create } from '@bufbuild/protobuf';
import { toHex } from '@countersign/bytes';
import type { Sql } from '@countersign/db';
import { AppError, type FeaturePolicy, deliveryFrames as frames } from '@countersign/wire';
import type { Accounts } from '../directory/accounts.ts';
import type { Blobs } from '../directory/blobs.ts';
import type { Grants } from '../directory/grants.ts';
import type { KeyPackages } from '../directory/key-packages.ts';
import type { NetworkView } from '../directory/network-view.ts';
import type { Reports } from '../directory/reports.ts';
import type { Revocations } from '../directory/revocation.ts';
import type { Vouchers } from '../enrol/vouchers.ts';
import type { Epochs } from '../groups/epochs.ts';
import type { Groups } from '../groups/groups.ts';
import { FEEDBACK_LETTERS_MAX, type RateName, ROSTER_WAIT_MS, VOUCHERS_PER_CALL_MAX } from '../limits.ts';
import type { DeliveryLog } from '../log/delivery-log.ts';
import type { Rates } from '../rates.ts';
import { ackMailbox } from '../store/mailbox-read.ts';
import type { Connection } from './connection.ts';
import { TYPING_CHANNEL } from './hub.ts';

/** The parts that answer; each rules its own. */
export interface Parts {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly accounts: Accounts;
  readonly blobs: Blobs;
  readonly epochs: Epochs;
  readonly grants: Grants;
  readonly groups: Groups;
  readonly keyPackages: KeyPackages;
  readonly network: NetworkView;
  readonly reports: Reports;
  readonly revocations: Revocations;
  readonly vouchers: Vouchers;
  readonly rates: Rates;
  readonly policy: () => FeaturePolicy;
  readonly readPage: (
    deviceId: Uint8Array,
    after: bigint,
    limit: number,
  ) => ReturnType<typeof import('../store/mailbox-read.ts').readMailbox>;
  /** Unix seconds. */
  readonly now: () => number;
}

type Request = Exclude<frames.ClientFrame['request'], { case: 'send' } | { case: undefined }>;
type Answer = frames.ServerFrame['body'];

const RATE_OF: Readonly<Record<Request['case'], RateName>> = {
  publishKeyPackages: 'handshake',
  takeKeyPackages: 'takeKeyPackages',
  createGroup: 'handshake',
  commit: 'handshake',
  proposal: 'handshake',
  drain: 'ask',
  ack: 'ask',
  fetchGrants: 'ask',
  fetchNetwork: 'ask',
  findAccount: 'find',
  createVouchers: 'find',
  listVouchers: 'find',
  listDevices: 'find',
  revokeDevice: 'find',
  report: 'report',
  fetchRoster: 'ask',
  fetchGroupInfo: 'ask',
  typing: 'typing',
  blobToken: 'ask',
  feedback: 'feedback',
};

/** Those whose order on a connection means something; the others are answered as they get ready. */
export function isOrdered(request: Request['case'] | 'send'): boolean {
  return ['send', 'createGroup', 'commit', 'proposal', 'drain', 'ack'].includes(request);
}

export async function answer(connection: Connection, request: Request, parts: Parts): Promise<Answer> {
  parts.rates.take(RATE_OF[request.case], connection.key);
  const { deviceId, accountId } = connection.device;
  switch (request.case) {
    case 'publishKeyPackages':
      await parts.keyPackages.publish(deviceId, request.value);
      return done();
    case 'takeKeyPackages':
      return { case: 'keyPackages', value: await parts.keyPackages.take(deviceId, request.value.accountIds) };
    case 'createGroup':
      return committed(await parts.groups.create(deviceId, request.value));
    case 'commit':
      return committed(await parts.groups.commit(deviceId, request.value));
    case 'proposal':
      await parts.groups.propose(deviceId, request.value);
      return done();
    case 'drain':
      return drain(connection, request.value, parts);
    case 'ack':
      await ackMailbox(parts.sql, deviceId, request.value.upTo);
      return done();
    case 'fetchGrants':
      return { case: 'grants', value: await parts.grants.show(deviceId, request.value.grantIds) };
    case 'fetchNetwork':
      return { case: 'network', value: await parts.network.show(deviceId, accountId) };
    case 'findAccount':
      return { case: 'account', value: await parts.accounts.find(request.value.by) };
    case 'createVouchers':
      return createVouchers(connection, request.value, parts);
    case 'listVouchers':
      return listVouchers(accountId, parts);
    case 'listDevices':
      return { case: 'devices', value: await parts.accounts.devices(accountId) };
    case 'revokeDevice':
      await parts.accounts.ensureOwn(accountId, request.value.deviceId);
      await parts.revocations.revoke(request.value.deviceId, 0);
      return done();
    case 'report':
      return {
        case: 'reportLogged',
        value: create(frames.ReportLoggedSchema, { logIndex: await parts.reports.file(connection.device, request.value) }),
      };
    case 'fetchRoster':
      return fetchRoster(deviceId, request.value, parts);
    case 'fetchGroupInfo':
      return {
        case: 'groupInfo',
        value: create(frames.GroupInfoShownSchema, await parts.groups.groupInfo(deviceId, request.value.groupId)),
      };
    case 'typing':
      return typing(connection, request.value.groupId, parts);
    case 'blobToken':
      return { case: 'blobToken', value: create(frames.BlobTokenGivenSchema, await parts.blobs.giveToken(deviceId)) };
    case 'feedback':
      return feedback(accountId, request.value.text, parts);
  }
}

function done(): Answer {
  return { case: 'done', value: create(frames.DoneSchema) };
}

function committed(roster: frames.RosterShown): Answer {
  return { case: 'commitAccepted', value: create(frames.CommitAcceptedSchema, { roster }) };
}

async function drain(connection: Connection, { after, limit }: frames.Drain, parts: Parts): Promise<Answer> {
  const page = await parts.readPage(connection.device.deviceId, after, limit);
  // The page first, then what is pushed behind it.
  setImmediate(() => connection.drained(page));
  return { case: 'mailbox', value: create(frames.MailboxPageSchema, { items: page.items, more: page.more }) };
}

async function createVouchers(connection: Connection, frame: frames.CreateVouchers, parts: Parts): Promise<Answer> {
  const { deviceId, accountId: maker } = connection.device;
  const territory = frame.territory === '' ? await parts.accounts.territoryOf(deviceId) : frame.territory;
  const { count, validS, forOwnDevice } = frame;
  const made = await parts.vouchers.create({ maker, count, territory, validS, forOwnDevice }, VOUCHERS_PER_CALL_MAX);
  const vouchers = made.map(({ text, voucherId, expires }) => ({
    voucher: text,
    voucherId,
    expires: BigInt(expires),
    forOwnDevice,
  }));
  return { case: 'vouchers', value: create(frames.VouchersSchema, { vouchers }) };
}

async function listVouchers(accountId: Uint8Array, parts: Parts): Promise<Answer> {
  const rows = await parts.vouchers.list(accountId);
  const vouchers = rows.map(({ voucherId, expires, redeemedHandle, forOwnDevice }) => ({
    voucherId,
    expires: BigInt(expires),
    redeemedBy: redeemedHandle,
    forOwnDevice,
  }));
  return { case: 'vouchers', value: create(frames.VouchersSchema, { vouchers }) };
}

/** Waits for the proof, so that a device may send as soon as it has its answer. */
async function fetchRoster(deviceId: Uint8Array, { groupId, epoch }: frames.FetchRoster, parts: Parts): Promise<Answer> {
  const shown = await parts.groups.roster(deviceId, groupId, epoch);
  if (shown.inclusion.length > 0 || shown.checkpoint.length > 0) return { case: 'roster', value: shown };
  await parts.log.waitUntilLogged(shown.logIndex, ROSTER_WAIT_MS);
  return { case: 'roster', value: await parts.groups.roster(deviceId, groupId, epoch) };
}

async function typing({ device, key }: Connection, groupId: Uint8Array, parts: Parts): Promise<Answer> {
  if (!parts.policy().features.typing) throw new AppError('policy.feature_off', 'typing');
  const [member] = await parts.sql`select 1 from group_member where group_id = ${groupId} and device_id = ${device.deviceId}`;
  if (member === undefined) throw new AppError('input.unknown_group');
  await parts.sql.notify(TYPING_CHANNEL, `${toHex(groupId)} ${toHex(device.accountId)} ${key}`);
  return done();
}

async function feedback(accountId: Uint8Array, text: string, parts: Parts): Promise<Answer> {
  if (text.length === 0 || text.length > FEEDBACK_LETTERS_MAX) throw new AppError('input.malformed', 'text');
  await parts.sql`insert into feedback (account_id, text, created) values (${accountId}, ${text}, ${parts.now()})`;
  return done();
}

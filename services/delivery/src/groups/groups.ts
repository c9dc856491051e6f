/** Groups: created, changed by the first Commit of each epoch, announced leaves passed on (PROTOCOL 5). */
import { Ac1Error, ensure, equal, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { Roster } from '@countersign/custody';
import { ringDoorbell, type Sql, type Transaction, transact } from '@countersign/db';
import {
  type CommitChange,
  type IdentityRules,
  openPublicGroup,
  publicRoster,
  readMessageHeader,
  type Suite,
  verifyCommit,
  verifyLeave,
  verifyNewGroup,
} from '@countersign/mls';
import { AppError, type FeaturePolicy, type deliveryFrames as frames } from '@countersign/wire';
import { MAIL_CHANNEL } from '../messages/acceptor.ts';
import { findGroups, type GroupState } from '../messages/group-state.ts';
import { addressItem, ItemKind, lockHeads, type MailRow, writeMail } from '../store/mailbox-write.ts';
import { bytesList, insertRows, plain } from '../store/rows.ts';
import { deviceAt, type Epochs, isMember } from './epochs.ts';
import { refusingMls } from './mls-faults.ts';
import type { RosterBook } from './roster-book.ts';

const GROUP_ID_BYTES = 16;
const DIRECT = 1;
/** Ordinals in a group's epoch: the Commit that opened it, its Welcome, then proposals. */
const COMMIT_ORDINAL = 0;
const WELCOME_ORDINAL = 1;
const FIRST_PROPOSAL_ORDINAL = 2;
const PROPOSALS_PER_EPOCH_MAX = 500;
const HOUR_MS = 3_600_000;

export interface GroupsOptions {
  readonly sql: Sql;
  readonly epochs: Epochs;
  readonly rosters: RosterBook;
  readonly rules: IdentityRules;
  readonly suite: Suite;
  readonly random: Random;
  readonly nowMs: () => number;
  readonly policy: () => FeaturePolicy;
  readonly maxEpochAgeS: () => number;
}

interface OpenGroup extends GroupState {
  readonly groupInfo: Uint8Array;
  readonly roster: Roster;
}

export class Groups {
  readonly #options: GroupsOptions;

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  /** Epoch 0 with the creator alone. The same GroupInfo again gets the same answer. */
  async create(deviceId: Uint8Array, frame: frames.CreateGroup): Promise<frames.RosterShown> {
    const { sql, suite, rules, epochs, random, nowMs, policy } = this.#options;
    const { groupId, groupInfo, kind } = frame;
    if (groupId.length !== GROUP_ID_BYTES) throw new AppError('input.malformed', 'group_id');
    if (kind !== DIRECT && kind !== 2) throw new AppError('input.malformed', 'kind');
    if (kind === 2 && !policy().features.groups) throw new AppError('policy.feature_off', 'groups');
    const group = await refusingMls('group_info', () => verifyNewGroup(groupInfo, rules, suite));
    const mls = publicRoster(group);
    if (!equal(mls.groupId, groupId)) throw new AppError('input.malformed', 'group_info');
    const roster = epochs.signRoster(mls);
    ensure(isMember(roster, deviceId), 'relay.device_mismatch');
    const isNew = await transact(sql, random, async (tx) => {
      const made = await tx`insert into mls_group (group_id, kind, epoch, since_ms, group_info)
        values (${groupId}, ${kind}, 0, ${nowMs()}, ${groupInfo}) on conflict do nothing returning 1`;
      if (made.length > 0) await epochs.write(tx, roster, null);
      return made.length > 0;
    });
    if (!isNew) await this.#ensureSameGroup(groupId, groupInfo);
    return epochs.log(groupId, 0n, !isNew);
  }

  async #ensureSameGroup(groupId: Uint8Array, groupInfo: Uint8Array): Promise<void> {
    const [row] = await this.#options.sql<{ epoch: bigint; group_info: Buffer }[]>`
      select epoch, group_info from mls_group where group_id = ${groupId}`;
    if (row === undefined || row.epoch !== 0n || !equal(row.group_info, groupInfo)) throw new AppError('input.group_exists');
  }

  /** The first Commit of an epoch ends it; another is `input.epoch_taken`, the same again gets the same answer. */
  async commit(deviceId: Uint8Array, frame: frames.SendCommit): Promise<frames.RosterShown> {
    const { suite, rules, epochs } = this.#options;
    const group = await this.#open(frame.groupId, deviceId);
    const header = await refusingMls('commit', async () => readMessageHeader(frame.commit));
    if (!equal(header.groupId, group.groupId)) throw new AppError('input.malformed', 'commit');
    if (header.epoch < group.epoch && (await this.#isAccepted(group.groupId, header.epoch + 1n, frame.commit))) {
      return epochs.log(group.groupId, header.epoch + 1n, true);
    }
    const proposals = await this.#proposals(group);
    const verified = await refusingMls('commit', async () =>
      verifyCommit(await openPublicGroup(group.groupInfo, proposals, suite), frame.commit, frame.groupInfo, rules, suite),
    );
    const roster = epochs.signRoster(verified.roster);
    this.#ensureAllowed(group, roster, verified.change, deviceId, frame);
    await this.#write(group, roster, verified.change, deviceId, frame);
    return epochs.log(group.groupId, roster.epoch);
  }

  /** A member announces that it leaves. */
  async propose(deviceId: Uint8Array, frame: frames.SendProposal): Promise<void> {
    const { sql, suite, random, nowMs } = this.#options;
    const group = await this.#open(frame.groupId, deviceId);
    this.#ensureYoung(group);
    const proposals = await this.#proposals(group);
    const { leafIndex } = await refusingMls('proposal', async () =>
      verifyLeave(await openPublicGroup(group.groupInfo, proposals, suite), frame.proposal, suite),
    );
    const leaving = deviceAt(group.roster, leafIndex);
    ensure(leaving !== null && equal(leaving, deviceId), 'relay.device_mismatch');
    await transact(sql, random, async (tx) => {
      await lockEpoch(tx, group);
      const [{ count } = { count: 0n }] = await tx<{ count: bigint }[]>`
        select count(*) as count from handshake where group_id = ${group.groupId} and epoch = ${group.epoch} and kind = ${ItemKind.proposal}`;
      // Verified against the proposals that were there then: one that came meanwhile is looked at first.
      if (Number(count) !== proposals.length) throw new AppError('internal.unavailable');
      if (proposals.length >= PROPOSALS_PER_EPOCH_MAX) throw new AppError('limit.items', 'proposals');
      const ordinal = FIRST_PROPOSAL_ORDINAL + proposals.length;
      const ref = { kind: ItemKind.proposal, groupId: group.groupId, epoch: group.epoch, ordinal } as const;
      await insertRows(tx, 'handshake', [handshakeRow(ref, frame.proposal, nowMs())]);
      const members = group.roster.members.map((member) => member.deviceId);
      const heads = await lockHeads(tx, members);
      const mail: MailRow[] = [];
      addressItem(heads, members, ref, mail);
      await writeMail(tx, heads, mail);
      await ringDoorbell(tx, MAIL_CHANNEL);
    });
  }

  /** Of the epoch in force, for a member that lost its state. */
  async groupInfo(deviceId: Uint8Array, groupId: Uint8Array): Promise<{ groupInfo: Uint8Array; roster: frames.RosterShown }> {
    const group = await this.#open(groupId, deviceId);
    return { groupInfo: group.groupInfo, roster: await this.#options.epochs.show(groupId, group.epoch) };
  }

  /** `input.unknown_group` unless the device stood in that epoch. */
  async roster(deviceId: Uint8Array, groupId: Uint8Array, epoch: bigint): Promise<frames.RosterShown> {
    const known = await this.#options.rosters.of(this.#options.sql, groupId, epoch);
    if (known === null || !known.devices.has(toHex(deviceId))) throw new AppError('input.unknown_group');
    return this.#options.epochs.show(groupId, epoch);
  }

  /** `input.unknown_group` unless the device is a member now; whether the group exists is told to nobody else. */
  async #open(groupId: Uint8Array, deviceId: Uint8Array): Promise<OpenGroup> {
    const { sql, rosters } = this.#options;
    const [state] = groupId.length === GROUP_ID_BYTES ? await findGroups(sql, [groupId]) : [];
    const known = state === undefined ? null : await rosters.of(sql, groupId, state.epoch);
    if (state === undefined || known === null || !known.devices.has(toHex(deviceId))) throw new AppError('input.unknown_group');
    const [row] = await sql<{ group_info: Buffer }[]>`
      select group_info from mls_group where group_id = ${groupId} and epoch = ${state.epoch}`;
    if (row === undefined) throw new AppError('input.epoch_taken');
    return { ...state, groupId: plain(state.groupId), groupInfo: plain(row.group_info), roster: known.roster };
  }

  async #proposals({ groupId, epoch }: GroupState): Promise<Uint8Array[]> {
    const rows = await this.#options.sql<{ body: Buffer }[]>`
      select body from handshake where group_id = ${groupId} and epoch = ${epoch} and kind = ${ItemKind.proposal} order by ordinal`;
    return rows.map(({ body }) => plain(body));
  }

  async #isAccepted(groupId: Uint8Array, epoch: bigint, commit: Uint8Array): Promise<boolean> {
    const [row] = await this.#options.sql<{ body: Buffer }[]>`
      select body from handshake where group_id = ${groupId} and epoch = ${epoch} and ordinal = ${COMMIT_ORDINAL}`;
    return row !== undefined && equal(row.body, commit);
  }

  #ensureAllowed(group: OpenGroup, roster: Roster, change: CommitChange, deviceId: Uint8Array, frame: frames.SendCommit): void {
    const { policy } = this.#options;
    const committer = deviceAt(roster, change.committer);
    ensure(committer !== null && equal(committer, deviceId), 'relay.device_mismatch');
    if (!change.hasPath) this.#ensureYoung(group);
    if (roster.members.length > policy().group_members_max) throw new AppError('limit.group_members');
    const accounts = new Set(roster.members.map((member) => toHex(member.accountId)));
    if (group.kind === DIRECT && accounts.size > 2)
      throw new AppError('policy.forbidden', 'a direct conversation has two members');
    const added = change.added.map((leaf) => toHex(deviceAt(roster, leaf) as Uint8Array)).sort();
    const welcomed = frame.welcomeDeviceIds.map(toHex).sort();
    if (added.join() !== welcomed.join()) throw new AppError('input.malformed', 'welcome_device_ids');
    if (added.length > 0 !== frame.welcome.length > 0) throw new AppError('input.malformed', 'welcome');
  }

  /** An old epoch takes a Commit with an update path and nothing else (PROTOCOL 5). */
  #ensureYoung({ sinceMs }: GroupState): void {
    const { nowMs, maxEpochAgeS } = this.#options;
    ensure(BigInt(nowMs()) - sinceMs <= 1000n * BigInt(maxEpochAgeS()), 'mls.epoch_too_old');
  }

  async #write(
    group: OpenGroup,
    roster: Roster,
    change: CommitChange,
    deviceId: Uint8Array,
    frame: frames.SendCommit,
  ): Promise<void> {
    const { sql, random, nowMs, epochs } = this.#options;
    const { groupId } = group;
    const { epoch } = roster;
    await transact(sql, random, async (tx) => {
      await lockEpoch(tx, group);
      if (change.added.length === 0 && change.removed.length === 0) await this.#spendHour(tx, groupId, deviceId);
      const commit = { kind: ItemKind.commit, groupId, epoch, ordinal: COMMIT_ORDINAL } as const;
      const welcome = { kind: ItemKind.welcome, groupId, epoch, ordinal: WELCOME_ORDINAL } as const;
      const rows = [handshakeRow(commit, frame.commit, nowMs())];
      if (frame.welcome.length > 0) rows.push(handshakeRow(welcome, frame.welcome, nowMs()));
      await insertRows(tx, 'handshake', rows);
      await epochs.write(tx, roster, group.roster);
      const devices = roster.members.map((member) => member.deviceId);
      const [{ blocked } = { blocked: false }] = await tx<{ blocked: boolean }[]>`
        select exists (select 1 from device where device_id = any(${bytesList(tx, devices)}) and revoked_from is not null) as blocked`;
      await tx`update mls_group set epoch = ${epoch}, since_ms = ${nowMs()}, group_info = ${frame.groupInfo}, blocked = ${blocked}
        where group_id = ${groupId}`;
      const old = group.roster.members.map((member) => member.deviceId);
      const heads = await lockHeads(tx, [...old, ...frame.welcomeDeviceIds]);
      const mail: MailRow[] = [];
      addressItem(heads, old, commit, mail);
      addressItem(heads, frame.welcomeDeviceIds, welcome, mail);
      await writeMail(tx, heads, mail);
    });
  }

  /** One Commit without any Add or Remove for each device, group and hour (PROTOCOL 5). */
  async #spendHour(tx: Transaction, groupId: Uint8Array, deviceId: Uint8Array): Promise<void> {
    const hour = Math.floor(this.#options.nowMs() / HOUR_MS);
    const spent = await tx`insert into commit_hour (group_id, device_id, hour) values (${groupId}, ${deviceId}, ${hour})
      on conflict (group_id, device_id) do update set hour = ${hour} where commit_hour.hour < ${hour} returning 1`;
    if (spent.length === 0) throw new Ac1Error('mls.commit_rate');
  }
}

/** Holds the group's row; `input.epoch_taken` when another Commit came first. */
async function lockEpoch(tx: Transaction, { groupId, epoch }: GroupState): Promise<void> {
  const [row] = await tx<{ epoch: bigint }[]>`select epoch from mls_group where group_id = ${groupId} for update`;
  if (row?.epoch !== epoch) throw new AppError('input.epoch_taken');
}

function handshakeRow(
  ref: { readonly kind: number; readonly groupId: Uint8Array; readonly epoch: bigint; readonly ordinal: number },
  body: Uint8Array,
  createdMs: number,
) {
  const created = Math.floor(createdMs / 1000);
  return { group_id: ref.groupId, epoch: ref.epoch, ordinal: ref.ordinal, kind: ref.kind, body, created };
}

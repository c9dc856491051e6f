/**
 * One batch of messages in one transaction: the relay's list under the locks, then mailbox rows, custody rows, seen ids and the batch
 * (PROTOCOL 9.3; ARCHITECTURE, settled at the borders). Locks are taken in one order everywhere: groups, grants, mailboxes, the batch number.
 */
import { Ac1Error, encode, equal, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  type ChainState,
  createEnvelopeBatch,
  createRelayStamp,
  type EnvelopeBatch,
  relayStampCodec,
  SALT_BYTES,
  verifyDelivery,
} from '@countersign/custody';
import { type Sql, type Transaction, transact } from '@countersign/db';
import { AppError } from '@countersign/wire';
import type { KnownRoster, RosterBook } from '../groups/roster-book.ts';
import { MAILBOX_ROWS_MAX, SEEN_DAYS } from '../limits.ts';
import { addressItem, lockHeads, type MailboxHeads, type MailRow, type PostedItem, writeMail } from '../store/mailbox-write.ts';
import { bytesList, distinctSorted, inFixedSizes, insertRows, plain } from '../store/rows.ts';
import { batchPaths } from './batch-tree.ts';
import type { GrantBook } from './grant-book.ts';
import { type GroupState, shareGroups } from './group-state.ts';
import { ensureGroupTakes, type PreparedMessage, relayFacts } from './prepare.ts';

export interface CommitOptions {
  readonly sql: Sql;
  readonly rosters: RosterBook;
  readonly grants: GrantBook;
  readonly relaySeed: Uint8Array;
  readonly relayKey: Uint8Array;
  readonly random: Random;
  readonly nowMs: () => number;
  readonly limits: () => { readonly epochGraceS: number; readonly skewS: number; readonly maxEpochAgeS: number };
}

export interface AcceptedMessage {
  readonly message: PreparedMessage;
  readonly position: number;
  readonly stamp: Uint8Array;
  readonly path: Uint8Array;
  readonly posted: readonly PostedItem[];
}

export type Outcome =
  | { readonly kind: 'accepted'; readonly accepted: AcceptedMessage }
  /** The same envelope was accepted before, in that batch. */
  | { readonly kind: 'again'; readonly stamp: Uint8Array; readonly batch: bigint }
  | { readonly kind: 'refused'; readonly error: Ac1Error | AppError };

export interface CommittedBatch {
  readonly batch: EnvelopeBatch;
  readonly salt: Uint8Array;
}

export interface CommitResult {
  /** Null when nothing was accepted. */
  readonly committed: CommittedBatch | null;
  /** One for each message, in order. */
  readonly outcomes: readonly Outcome[];
}

/** Another process took one of the ids meanwhile: look again. */
class IdTaken extends Error {}
const ID_RETRIES_MAX = 5;

export async function commitBatch(messages: readonly PreparedMessage[], options: CommitOptions): Promise<CommitResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(options.sql, options.random, (tx) => commitOnce(tx, messages, options));
    } catch (error) {
      if (!(error instanceof IdTaken) || attempt === ID_RETRIES_MAX) throw error;
    }
  }
}

async function commitOnce(tx: Transaction, messages: readonly PreparedMessage[], options: CommitOptions): Promise<CommitResult> {
  const recvMs = options.nowMs();
  const groups = await shareGroups(
    tx,
    messages.map(({ grant }) => grant.scope.groupId),
  );
  const chains = await lockChains(tx, messages);
  const rosters = await rostersOf(tx, messages, groups, options.rosters);
  const heads = await lockHeads(
    tx,
    rosters.flatMap(({ recipients }) => recipients),
  );
  const seen = await findSeen(tx, messages, recvMs);
  const judge = new BatchJudge({ groups, chains, heads, seen, recvMs, options });
  const verdicts = messages.map((message, i) => judge.judge(message, rosters[i] as MessageRosters));
  const taken = verdicts.flatMap((verdict) => (verdict.kind === 'taken' ? [verdict] : []));
  if (taken.length === 0) return { committed: null, outcomes: verdicts.map((verdict) => outcomeOf(verdict, [])) };

  const number = await nextBatchNumber(tx);
  const batch = createEnvelopeBatch(
    number,
    taken.map(({ message }) => message.envelope.envHash),
  );
  const paths = batchPaths(taken.map(({ message }) => message.envelope.envHash));
  const mail: MailRow[] = [];
  const accepted = taken.map(({ message, recipients }, position): AcceptedMessage => {
    const { envHash, hdr } = message.envelope;
    const stamp = encode(
      relayStampCodec,
      createRelayStamp({ envHash, recvMs: BigInt(recvMs), batch: number }, options.relaySeed),
    );
    const ref = { kind: 1, grantId: hdr.grantId, day: message.grant.scope.day, seq: hdr.seq, batch: number } as const;
    return { message, position, stamp, path: paths[position] as Uint8Array, posted: addressItem(heads, recipients, ref, mail) };
  });
  const salt = options.random(SALT_BYTES);
  await writeSeen(tx, accepted, number);
  await writeEnvelopes(tx, accepted, number);
  await writeChains(tx, chains);
  await writeMail(tx, heads, mail);
  await tx`insert into envelope_batch (batch, count, root, salt, relay, created_ms)
    values (${number}, ${batch.count}, ${batch.root}, ${salt}, ${options.relayKey}, ${recvMs})`;
  return { committed: { batch, salt }, outcomes: verdicts.map((verdict) => outcomeOf(verdict, accepted)) };
}

interface MessageRosters {
  readonly roster: KnownRoster | null;
  readonly current: KnownRoster | null;
  /** Members of the message's epoch that still are members, the sending device excepted. */
  readonly recipients: readonly Uint8Array[];
}

async function rostersOf(
  tx: Transaction,
  messages: readonly PreparedMessage[],
  groups: ReadonlyMap<string, GroupState>,
  book: RosterBook,
): Promise<MessageRosters[]> {
  const found: MessageRosters[] = [];
  for (const { grant, sender } of messages) {
    const { groupId, epoch } = grant.scope;
    const group = groups.get(toHex(groupId));
    const roster = await book.of(tx, groupId, epoch);
    const current = group === undefined ? null : await book.of(tx, groupId, group.epoch);
    const members = roster?.roster.members.map(({ deviceId }) => deviceId) ?? [];
    const recipients = members.filter((id) => !equal(id, sender.deviceId) && current?.devices.has(toHex(id)) === true);
    found.push({ roster, current, recipients });
  }
  return found;
}

/** By grant id in hex. */
type Chains = Map<string, { readonly grantId: Uint8Array; isLogged: boolean; state: ChainState; isChanged: boolean }>;

async function lockChains(tx: Transaction, messages: readonly PreparedMessage[]): Promise<Chains> {
  const ids = distinctSorted(messages.map(({ grant }) => grant.grantId));
  const rows = await tx<{ grant_id: Buffer; last_seq: bigint; last_hash: Buffer; log_index: bigint | null }[]>`
    select grant_id, last_seq, last_hash, log_index from scope_grant where grant_id = any(${bytesList(tx, ids)})
    order by grant_id for update`;
  return new Map(
    rows.map((row) => [
      toHex(row.grant_id),
      {
        grantId: row.grant_id,
        isLogged: row.log_index !== null,
        state: { lastSeq: Number(row.last_seq), lastHash: plain(row.last_hash) },
        isChanged: false,
      },
    ]),
  );
}

interface Seen {
  readonly envHash: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly stamp: Uint8Array;
  readonly batch: bigint;
}

async function findSeen(
  tx: Transaction,
  messages: readonly PreparedMessage[],
  recvMs: number,
): Promise<ReadonlyMap<string, Seen>> {
  const ids = messages.map(({ envelope }) => envelope.hdr.msgId);
  const fromDay = BigInt(Math.floor(recvMs / 86_400_000)) - SEEN_DAYS;
  const rows = await tx<{ msg_id: Buffer; env_hash: Buffer; device_id: Buffer; stamp: Buffer; batch: bigint }[]>`
    select msg_id, env_hash, device_id, stamp, batch from seen_message
    where msg_id = any(${bytesList(tx, ids)}) and day >= ${fromDay}`;
  return new Map(
    rows.map((row) => [
      toHex(row.msg_id),
      { envHash: row.env_hash, deviceId: row.device_id, stamp: plain(row.stamp), batch: row.batch },
    ]),
  );
}

type Verdict =
  | { readonly kind: 'taken'; readonly message: PreparedMessage; readonly recipients: readonly Uint8Array[] }
  /** As another message of this batch. */
  | { readonly kind: 'twin'; readonly of: PreparedMessage }
  | { readonly kind: 'again'; readonly stamp: Uint8Array; readonly batch: bigint }
  | { readonly kind: 'refused'; readonly error: Ac1Error | AppError };

interface JudgeFacts {
  readonly groups: ReadonlyMap<string, GroupState>;
  readonly chains: Chains;
  readonly heads: MailboxHeads;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly recvMs: number;
  readonly options: CommitOptions;
}

/** Judges the messages one after the other: each sees what those before it changed. */
class BatchJudge {
  readonly #facts: JudgeFacts;
  readonly #taken = new Map<string, PreparedMessage>();
  /** Items that this batch adds, by device in hex. */
  readonly #added = new Map<string, number>();

  constructor(facts: JudgeFacts) {
    this.#facts = facts;
  }

  judge(message: PreparedMessage, rosters: MessageRosters): Verdict {
    const id = toHex(message.envelope.hdr.msgId);
    const { envHash } = message.envelope;
    const seen = this.#facts.seen.get(id);
    if (seen !== undefined && equal(seen.envHash, envHash) && equal(seen.deviceId, message.sender.deviceId)) {
      return { kind: 'again', stamp: seen.stamp, batch: seen.batch };
    }
    const twin = this.#taken.get(id);
    if (twin !== undefined && equal(twin.envelope.envHash, envHash)) return { kind: 'twin', of: twin };
    try {
      this.#verify(message, rosters);
    } catch (error) {
      if (error instanceof Ac1Error || error instanceof AppError) return { kind: 'refused', error };
      throw error;
    }
    this.#taken.set(id, message);
    return { kind: 'taken', message, recipients: rosters.recipients };
  }

  #verify(message: PreparedMessage, { roster, current, recipients }: MessageRosters): void {
    const { groups, chains, recvMs, seen, options } = this.#facts;
    const { grant, sender, envelope } = message;
    const limits = options.limits();
    const group = groups.get(toHex(grant.scope.groupId)) ?? null;
    const chain = chains.get(toHex(grant.grantId));
    if (chain === undefined) throw new Ac1Error('grant.not_logged');
    const { next } = verifyDelivery(envelope, {
      ...relayFacts({ sender, delivery: message, group, roster, current, recvMs, limits }),
      chain: chain.state,
      isSeen: (id) => seen.has(toHex(id)) || this.#taken.has(toHex(id)),
      isAppended: () => chain.isLogged,
      grant,
      grantExpectations: options.grants.expectationsFor(sender),
    });
    if (group === null) throw new Ac1Error('relay.device_mismatch');
    ensureGroupTakes(group, recvMs, limits.maxEpochAgeS);
    this.#ensureRoom(recipients);
    chain.state = next;
    chain.isChanged = true;
  }

  #ensureRoom(recipients: readonly Uint8Array[]): void {
    for (const recipient of recipients) {
      const waiting = this.#facts.heads.get(toHex(recipient))?.waiting ?? 0;
      if (waiting + (this.#added.get(toHex(recipient)) ?? 0) >= MAILBOX_ROWS_MAX) throw new AppError('limit.mailbox');
    }
    for (const recipient of recipients) this.#added.set(toHex(recipient), (this.#added.get(toHex(recipient)) ?? 0) + 1);
  }
}

function outcomeOf(verdict: Verdict, accepted: readonly AcceptedMessage[]): Outcome {
  if (verdict.kind === 'again' || verdict.kind === 'refused') return verdict;
  const message = verdict.kind === 'taken' ? verdict.message : verdict.of;
  const found = accepted.find((one) => one.message === message) as AcceptedMessage;
  return { kind: 'accepted', accepted: found };
}

/** The row's lock is held until COMMIT, so numbers have no gap and no number is given twice. */
async function nextBatchNumber(tx: Transaction): Promise<bigint> {
  const [row] = await tx<{ last: bigint }[]>`update batch_number set last = last + 1 returning last`;
  if (row === undefined) throw new AppError('internal.unknown', 'batch number');
  return row.last;
}

async function writeSeen(tx: Transaction, accepted: readonly AcceptedMessage[], batch: bigint): Promise<void> {
  const rows = accepted
    .map(({ message: { envelope, grant, sender }, stamp }) => ({
      msg_id: envelope.hdr.msgId,
      day: BigInt(grant.scope.day),
      env_hash: envelope.envHash,
      device_id: sender.deviceId,
      batch,
      stamp,
    }))
    .sort((a, b) => Buffer.compare(a.msg_id, b.msg_id));
  for (const part of inFixedSizes(rows)) {
    const inserted = await tx`insert into seen_message ${tx(part)} on conflict do nothing returning 1`;
    if (inserted.length < part.length) throw new IdTaken();
  }
}

async function writeEnvelopes(tx: Transaction, accepted: readonly AcceptedMessage[], batch: bigint): Promise<void> {
  const rows = accepted.map(({ message, position, stamp, path }) => ({
    grant_id: message.grant.grantId,
    day: BigInt(message.grant.scope.day),
    seq: BigInt(message.envelope.hdr.seq),
    msg_id: message.envelope.hdr.msgId,
    env_hash: message.envelope.envHash,
    batch,
    position,
    path,
    stamp,
    envelope: message.envelopeBytes,
    mls_message: message.mlsMessage,
  }));
  await insertRows(tx, 'envelope', rows);
}

async function writeChains(tx: Transaction, chains: Chains): Promise<void> {
  const changed = [...chains.values()].filter(({ isChanged }) => isChanged);
  const rows = changed.map(({ grantId, state }) => [grantId, BigInt(state.lastSeq), state.lastHash]);
  for (const part of inFixedSizes(rows)) {
    await tx`update scope_grant g set last_seq = v.seq::bigint, last_hash = v.hash::bytea
      from (values ${tx(part as never[])}) v(id, seq, hash) where g.grant_id = v.id::bytea`;
  }
}

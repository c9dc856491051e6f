/** Reads a mailbox: rows after a cursor with their bodies, up to the first whose promise is not yet in the log (PROTOCOL 9.4). */
import { create } from '@bufbuild/protobuf';
import { toHex } from '@countersign/bytes';
import type { Sql } from '@countersign/db';
import { deliveryFrames as frames } from '@countersign/wire';
import { DRAIN_BYTES_MAX, DRAIN_ITEMS_MAX } from '../limits.ts';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { splitPath } from '../messages/batch-tree.ts';
import { joinDelivery } from '../messages/prepare.ts';
import { findRosters, rosterKey, type StoredRoster, showRoster } from './rosters.ts';
import { bigintList, bytesList, inFixedSizes } from './rows.ts';

interface MailboxRow {
  sequence: bigint;
  kind: number;
  grant_id: Buffer | null;
  day: bigint | null;
  seq: bigint | null;
  batch: bigint | null;
  group_id: Buffer | null;
  epoch: bigint | null;
  ordinal: number | null;
}

export interface MailboxPage {
  readonly items: frames.MailboxItem[];
  /** Whether more can be read now. */
  readonly more: boolean;
  /** Of the last row that was looked at: bodies that have expired leave no item. */
  readonly lastSequence: bigint;
}

/** What was stored beside the rows, by its name. */
interface Bodies {
  readonly envelopes: ReadonlyMap<string, EnvelopeRow>;
  readonly batches: ReadonlyMap<bigint, BatchRow>;
  readonly handshakes: ReadonlyMap<string, Buffer>;
  readonly rosters: ReadonlyMap<string, StoredRoster>;
  readonly kinds: ReadonlyMap<string, number>;
}

export async function readMailbox(
  sql: Sql,
  log: DeliveryLog,
  deviceId: Uint8Array,
  after: bigint,
  limit: number,
): Promise<MailboxPage> {
  const count = Math.max(1, Math.min(limit, DRAIN_ITEMS_MAX));
  const rows = await sql<MailboxRow[]>`
    select sequence, kind, grant_id, day, seq, batch, group_id, epoch, ordinal from mailbox
    where device_id = ${deviceId} and sequence > ${after} order by sequence limit ${count + 1}`;
  const page = rows.slice(0, count);
  const bodies = await readBodies(sql, page);
  const items: frames.MailboxItem[] = [];
  let lastSequence = after;
  let bytes = 0;
  for (const row of page) {
    const body = bodyOf(row, bodies, log);
    // What comes after it waits too: a device reads in order.
    if (body === 'not_yet') return { items, more: false, lastSequence };
    if (bytes > DRAIN_BYTES_MAX) return { items, more: true, lastSequence };
    lastSequence = row.sequence;
    if (body === 'expired') continue;
    bytes += body.bytes;
    items.push(create(frames.MailboxItemSchema, { sequence: row.sequence, item: body.item }));
  }
  return { items, more: rows.length > count, lastSequence };
}

type Body = { readonly item: frames.MailboxItem['item']; readonly bytes: number };

function bodyOf(row: MailboxRow, bodies: Bodies, log: DeliveryLog): Body | 'not_yet' | 'expired' {
  return row.kind === 1 ? messageOf(row, bodies) : handshakeOf(row, bodies, log);
}

function messageOf(row: MailboxRow, { envelopes, batches }: Bodies): Body | 'not_yet' | 'expired' {
  const batch = batches.get(row.batch as bigint);
  const envelope = envelopes.get(envelopeKey(row));
  if (batch === undefined || envelope === undefined) return 'expired';
  if (batch.log_index === null) return 'not_yet';
  const value = create(frames.MessageItemSchema, {
    delivery: joinDelivery(envelope.envelope, envelope.mls_message),
    stamp: envelope.stamp,
    batch: {
      logIndex: batch.log_index,
      entry: batch.entry as Buffer,
      salt: batch.salt,
      payload: batch.payload as Buffer,
      leafIndex: envelope.position,
      path: splitPath(envelope.path),
    },
  });
  return { item: { case: 'message', value }, bytes: value.delivery.length + 2000 };
}

function handshakeOf(row: MailboxRow, bodies: Bodies, log: DeliveryLog): Body | 'not_yet' | 'expired' {
  const groupId = row.group_id as Buffer;
  const epoch = row.epoch as bigint;
  const body = bodies.handshakes.get(handshakeKey(groupId, epoch, row.ordinal as number));
  if (body === undefined) return 'expired';
  if (row.kind === 4) {
    const value = create(frames.ProposalItemSchema, { groupId, proposal: body });
    return { item: { case: 'proposal', value }, bytes: body.length };
  }
  const stored = bodies.rosters.get(rosterKey(groupId, epoch));
  if (stored === undefined) return 'expired';
  const roster = showRoster(stored, log);
  if (roster === null) return 'not_yet';
  if (row.kind === 2) {
    const value = create(frames.CommitItemSchema, { groupId, commit: body, roster });
    return { item: { case: 'commit', value }, bytes: body.length + roster.roster.length + 2000 };
  }
  const kind = bodies.kinds.get(toHex(groupId)) ?? 2;
  const value = create(frames.WelcomeItemSchema, { groupId, welcome: body, roster, kind });
  return { item: { case: 'welcome', value }, bytes: body.length + roster.roster.length + 2000 };
}

async function readBodies(sql: Sql, rows: readonly MailboxRow[]): Promise<Bodies> {
  const messages = rows.filter(({ kind }) => kind === 1);
  const handshakes = rows.filter(({ kind }) => kind !== 1);
  const slots = handshakes
    .filter(({ kind }) => kind !== 4)
    .map((row) => ({ groupId: row.group_id as Buffer, epoch: row.epoch as bigint }));
  return {
    envelopes: await readEnvelopes(sql, messages),
    batches: await readBatches(sql, messages),
    handshakes: await readHandshakes(sql, handshakes),
    rosters: await findRosters(sql, slots),
    kinds: await readKinds(sql, handshakes),
  };
}

interface EnvelopeRow {
  grant_id: Buffer;
  seq: bigint;
  position: number;
  path: Buffer;
  stamp: Buffer;
  envelope: Buffer;
  mls_message: Buffer;
}

function envelopeKey({ grant_id, seq }: { grant_id: Buffer | null; seq: bigint | null }): string {
  return `${toHex(grant_id as Buffer)} ${seq}`;
}

async function readEnvelopes(sql: Sql, rows: readonly MailboxRow[]): Promise<Map<string, EnvelopeRow>> {
  const found = new Map<string, EnvelopeRow>();
  for (const part of inFixedSizes(rows.map((row) => [row.grant_id, row.day, row.seq]))) {
    const envelopes = await sql<EnvelopeRow[]>`
      select e.grant_id, e.seq, e.position, e.path, e.stamp, e.envelope, e.mls_message
      from (values ${sql(part as never[])}) v(grant_id, day, seq)
      join envelope e on e.grant_id = v.grant_id::bytea and e.day = v.day::bigint and e.seq = v.seq::bigint`;
    for (const envelope of envelopes) found.set(envelopeKey(envelope), envelope);
  }
  return found;
}

interface BatchRow {
  batch: bigint;
  log_index: bigint | null;
  entry: Buffer | null;
  salt: Buffer;
  payload: Buffer | null;
}

async function readBatches(sql: Sql, rows: readonly MailboxRow[]): Promise<Map<bigint, BatchRow>> {
  const numbers = [...new Set(rows.map(({ batch }) => batch as bigint))];
  if (numbers.length === 0) return new Map();
  const batches = await sql<BatchRow[]>`
    select batch, log_index, entry, salt, payload from envelope_batch where batch = any(${bigintList(sql, numbers)})`;
  return new Map(batches.map((batch) => [batch.batch, batch]));
}

function handshakeKey(groupId: Uint8Array, epoch: bigint, ordinal: number): string {
  return `${toHex(groupId)} ${epoch} ${ordinal}`;
}

async function readHandshakes(sql: Sql, rows: readonly MailboxRow[]): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const part of inFixedSizes(rows.map((row) => [row.group_id, row.epoch, row.ordinal]))) {
    const bodies = await sql<{ group_id: Buffer; epoch: bigint; ordinal: number; body: Buffer }[]>`
      select h.group_id, h.epoch, h.ordinal, h.body
      from (values ${sql(part as never[])}) v(group_id, epoch, ordinal)
      join handshake h on h.group_id = v.group_id::bytea and h.epoch = v.epoch::bigint and h.ordinal = v.ordinal::integer`;
    for (const row of bodies) found.set(handshakeKey(row.group_id, row.epoch, row.ordinal), row.body);
  }
  return found;
}

async function readKinds(sql: Sql, rows: readonly MailboxRow[]): Promise<Map<string, number>> {
  const ids = rows.filter(({ kind }) => kind === 3).map((row) => row.group_id as Buffer);
  if (ids.length === 0) return new Map();
  const groups = await sql<{ group_id: Buffer; kind: number }[]>`
    select group_id, kind from mls_group where group_id = any(${bytesList(sql, ids)})`;
  return new Map(groups.map((group) => [toHex(group.group_id), group.kind]));
}

/** Everything up to and with `upTo` is stored by the device and goes. */
export async function ackMailbox(sql: Sql, deviceId: Uint8Array, upTo: bigint): Promise<void> {
  await sql.begin(async (tx) => {
    const [head] = await tx`select 1 from mailbox_head where device_id = ${deviceId} for update`;
    if (head === undefined) return;
    const gone = await tx`delete from mailbox where device_id = ${deviceId} and sequence <= ${upTo}`;
    if (gone.count > 0) await tx`update mailbox_head set waiting = waiting - ${gone.count} where device_id = ${deviceId}`;
  });
}

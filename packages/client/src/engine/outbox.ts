/**
 * The outbox: contents wait here until the relay has them. Of each conversation one message is on its way at a time, in order; the bytes
 * on their way are stored first and sent again as they are, so that a lost answer neither loses nor doubles a message (PROTOCOL 9).
 */
import { create } from '@bufbuild/protobuf';
import { Ac1Error, decode, fromHex, toHex } from '@countersign/bytes';
import { type Content, decodeContent, encodeContent, grantCodec } from '@countersign/custody';
import { AppError, deliveryFrames } from '@countersign/wire';
import type { Session } from '../session/session.ts';
import { type MessageRecord, type OutboxRecord, type SealedRecord, TABLES } from '../store/tables.ts';
import type { Work } from '../store/work.ts';
import { applyContent, bodyOf, checkContent, hasRow } from './apply-content.ts';
import { announce, type Context } from './context.ts';
import {
  blankMessage,
  messageKey,
  nextOrder,
  readConversation,
  readPlace,
  writeConversation,
  writeMessage,
} from './conversations.ts';
import { checkStamp } from './custody-checks.ts';
import { fileReport } from './reports.ts';
import { seal } from './sealing.ts';

const MSG_ID_BYTES = 16;
/** New envelopes for one message before it is given up. */
const ATTEMPTS_MAX = 6;
/** Contents that may wait in one conversation. */
const WAITING_MAX = 10_000;

/** Refusals after which the same content goes under another envelope. */
const SEAL_AGAIN: readonly string[] = [
  'relay.day_mismatch',
  'relay.epoch_stale',
  'grant.custody_key_day',
  'cert.invalid',
  'mls.epoch_too_old',
  'envelope.seq_invalid',
  'envelope.prev_mismatch',
  'grant.duplicate_scope',
];
/** Those of them that only a new epoch cures: it is too old, or the relay's chain of this scope is not ours. */
const NEEDS_EPOCH: readonly string[] = [
  'mls.epoch_too_old',
  'envelope.seq_invalid',
  'envelope.prev_mismatch',
  'grant.duplicate_scope',
];

/** After which the directory must be asked who may no longer be in the group. */
const NEEDS_NETWORK: readonly string[] = ['cert.invalid'];

export type FlushEnd =
  /** Nothing is left to be sent. */
  | 'done'
  /** A key update must come first. */
  | 'epoch'
  /** Somebody's certificate ended: the directory must be asked. */
  | 'network'
  /** Members or roster must be looked at first. */
  | 'again';

/** Puts a content in the outbox with its row; refused at once where the sender has no right to it. Returns the msg_id in hex. */
export async function enqueue(ctx: Context, work: Work, id: string, content: Content, blob: Uint8Array | null): Promise<string> {
  const conversation = await readConversation(work, id);
  if (conversation === null || conversation.status === 'left') throw new AppError('input.unknown_group');
  const account = toHex(ctx.device().accountId);
  await checkContent(ctx, work, conversation, account, content);
  const waiting = await work.scan(TABLES.outbox, { prefix: `${id}/` });
  if (waiting.length >= WAITING_MAX) throw new AppError('limit.items');
  const msgId = ctx.random(MSG_ID_BYTES);
  const order = await nextOrder(work);
  const sentMs = ctx.clock.nowMs();
  const record: OutboxRecord = {
    conversation: id,
    msgId,
    content: encodeContent(content),
    sentMs,
    sealed: null,
    hasBlob: blob !== null,
    attempts: 0,
    failed: null,
  };
  work.put(TABLES.outbox, messageKey(id, order), record);
  if (blob !== null) work.put(TABLES.blob, toHex(msgId), blob);
  const row = ownRow(ctx, id, order, record);
  // Others' rows and the conversation change when the relay has it; the own row is there at once.
  if (hasRow(content)) showQueued(ctx, work, row, content);
  else writeMessagePlace(work, row);
  work.after(() => ctx.poke(id));
  return row.id;
}

function ownRow(ctx: Context, id: string, order: string, { msgId, sentMs }: OutboxRecord): MessageRecord {
  return blankMessage({
    id: toHex(msgId),
    conversation: id,
    order,
    state: 'queued',
    account: toHex(ctx.device().accountId),
    device: toHex(ctx.device().deviceId),
    own: true,
    sentMs,
    receivedMs: sentMs,
  });
}

function showQueued(ctx: Context, work: Work, row: MessageRecord, content: Content): void {
  const expiresMs = content.expireS === 0 ? null : row.sentMs + 1000 * content.expireS;
  const message: MessageRecord = { ...row, body: bodyOf(content), expiresMs };
  writeMessage(work, message, null);
  announce(ctx, work, { type: 'message', message, isNew: true });
}

function writeMessagePlace(work: Work, { id, conversation, order, account }: MessageRecord): void {
  work.put(TABLES.messageId, id, { conversation, order, account, envHash: null });
}

/** Sends what waits in a conversation whose epoch is proven, until something else must be done first. */
export async function flush(
  ctx: Context,
  session: Session,
  id: string,
  upload: (blob: Uint8Array) => Promise<void>,
): Promise<FlushEnd> {
  for (;;) {
    const next = await nextItem(ctx, id);
    if (next === null) return 'done';
    const { key, item } = next;
    if (item.hasBlob) await uploadBlob(ctx, item, key, upload);
    let sealed: SealedRecord | null;
    try {
      sealed = item.sealed ?? (await sealNext(ctx, id, key));
    } catch (error) {
      if (error instanceof Ac1Error && error.code === 'mls.epoch_too_old') return 'epoch';
      throw error;
    }
    if (sealed === null) return 'again';
    try {
      const { stamp } = await session.call({ case: 'send', value: sendFrame(sealed) }, 'accepted');
      await accept(ctx, id, key, sealed, stamp);
    } catch (error) {
      const code = refusalCode(error);
      if (code === null) throw error;
      if (await refused(ctx, id, key, code)) return afterRefusal(code);
    }
  }
}

function afterRefusal(code: string): FlushEnd {
  if (NEEDS_NETWORK.includes(code)) return 'network';
  return NEEDS_EPOCH.includes(code) ? 'epoch' : 'again';
}

async function nextItem(ctx: Context, id: string): Promise<{ readonly key: string; readonly item: OutboxRecord } | null> {
  const rows = await ctx.vault.scan<OutboxRecord>(TABLES.outbox, { prefix: `${id}/` });
  const found = rows.find(({ value }) => value.failed === null);
  return found === undefined ? null : { key: found.key, item: found.value };
}

/** The relay has the blob before the message that names it (PROTOCOL 15). */
async function uploadBlob(ctx: Context, item: OutboxRecord, key: string, upload: (blob: Uint8Array) => Promise<void>) {
  const name = toHex(item.msgId);
  const blob = await ctx.vault.get<Uint8Array>(TABLES.blob, name);
  if (blob !== null) await upload(blob);
  await ctx.vault.turn(async (work) => {
    const now = await work.get<OutboxRecord>(TABLES.outbox, key);
    if (now !== null) work.put(TABLES.outbox, key, { ...now, hasBlob: false });
    work.delete(TABLES.blob, name);
  });
}

/** Null when the epoch is not (any more) one that may be sent in. */
function sealNext(ctx: Context, id: string, key: string): Promise<SealedRecord | null> {
  return ctx.vault.turn(async (work) => {
    const conversation = await readConversation(work, id);
    const group = await work.group(id);
    const item = await work.get<OutboxRecord>(TABLES.outbox, key);
    if (conversation === null || group === null || item === null) return null;
    const isProven = conversation.status === 'active' && conversation.rosterEpoch === group.epoch;
    if (!isProven || group.leaving().length > 0) return null;
    const sealed = await seal(ctx, work, conversation, group, item);
    work.put(TABLES.outbox, key, { ...item, sealed, attempts: item.attempts + 1 });
    return sealed;
  });
}

function sendFrame({ delivery, grant, scope }: SealedRecord): deliveryFrames.SendMessage {
  // The first envelope of a scope brings its grant (PROTOCOL 7).
  return create(deliveryFrames.SendMessageSchema, { delivery, grant: scope.chain.lastSeq === 1 ? grant : new Uint8Array(0) });
}

async function accept(ctx: Context, id: string, key: string, sealed: SealedRecord, stamp: Uint8Array): Promise<void> {
  await ctx.vault.turn(async (work) => {
    const item = await work.get<OutboxRecord>(TABLES.outbox, key);
    const conversation = await readConversation(work, id);
    if (item === null || conversation === null) return;
    work.delete(TABLES.outbox, key);
    if (conversation.epoch === sealed.scope.epoch) writeConversation(work, { ...conversation, sending: sealed.scope });
    const order = key.slice(key.indexOf('/') + 1);
    const { scope } = decode(grantCodec, sealed.grant).head;
    let receivedMs = ctx.clock.nowMs();
    try {
      receivedMs = Number(checkStamp(stamp, sealed.envHash, scope, ctx.network()).recvMs);
    } catch (error) {
      if (!(error instanceof Ac1Error)) throw error;
      await fileReport(ctx, work, { code: error.code, grant: sealed.grant, envelope: new Uint8Array(0) });
    }
    const kept = await work.get<MessageRecord>(TABLES.message, messageKey(id, order));
    const row: MessageRecord = { ...(kept ?? ownRow(ctx, id, order, item)), state: 'sent', receivedMs };
    const content = decodeContent(item.content);
    if (row.deleted) writeMessage(work, row, sealed.envHash);
    else await applyContent(ctx, work, { row, envHash: sealed.envHash }, content);
    work.after(() => ctx.events.emit({ type: 'sent', id: row.id, conversation: id }));
  });
}

/** Whether the same content is to be sealed again; otherwise it is shown as failed. The chain stands where the relay's does. */
function refused(ctx: Context, id: string, key: string, code: string): Promise<boolean> {
  return ctx.vault.turn(async (work) => {
    const item = await work.get<OutboxRecord>(TABLES.outbox, key);
    if (item === null) return true;
    const again = SEAL_AGAIN.includes(code) && item.attempts < ATTEMPTS_MAX;
    work.put(TABLES.outbox, key, { ...item, sealed: null, failed: again ? null : code });
    if (again) return true;
    const messageId = toHex(item.msgId);
    const place = await readPlace(work, item.msgId);
    const row = place === null ? null : await work.get<MessageRecord>(TABLES.message, messageKey(id, place.order));
    if (row !== null) {
      const message: MessageRecord = { ...row, state: 'failed', code };
      work.put(TABLES.message, messageKey(id, row.order), message);
      announce(ctx, work, { type: 'message', message, isNew: false });
    }
    work.after(() => ctx.events.emit({ type: 'failed', id: messageId, conversation: id, code }));
    return false;
  });
}

/** The code of a refusal that is the message's own; null for a line that broke and for limits that pass. */
function refusalCode(error: unknown): string | null {
  if (error instanceof Ac1Error) return error.code;
  return error instanceof AppError && error.retryAfterMs === 0 ? error.code : null;
}

/** Takes a failed message up again, or forgets it. */
export async function retryFailed(ctx: Context, work: Work, msgId: string, keep: boolean): Promise<void> {
  const place = await readPlace(work, fromHex(msgId));
  if (place === null) throw new AppError('input.unknown_message');
  const key = messageKey(place.conversation, place.order);
  const item = await work.get<OutboxRecord>(TABLES.outbox, key);
  const row = await work.get<MessageRecord>(TABLES.message, key);
  if (item === null || item.failed === null) throw new AppError('input.unknown_message');
  if (!keep) {
    work.delete(TABLES.outbox, key);
    work.delete(TABLES.message, key);
    work.delete(TABLES.blob, msgId);
    return;
  }
  work.put(TABLES.outbox, key, { ...item, failed: null, attempts: 0 });
  if (row !== null) {
    const message: MessageRecord = { ...row, state: 'queued', code: null };
    work.put(TABLES.message, key, message);
    announce(ctx, work, { type: 'message', message, isNew: false });
  }
  work.after(() => ctx.poke(place.conversation));
}

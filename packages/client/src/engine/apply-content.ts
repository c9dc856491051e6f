/** What a content does to a conversation, whoever's word counts for it (PROTOCOL 15). Refusals are `content.not_owner`, `.not_admin`, `.notice_invalid`. */
import { concat, fromHex, toHex, toUtf8 } from '@countersign/bytes';
import {
  type Content,
  type ContentOf,
  ContentType,
  GroupChangeKind,
  verifyContentAdmin,
  verifyContentOwner,
  verifyShownNotice,
} from '@countersign/custody';
import { type ConversationRecord, type MessageBody, type MessageRecord, TABLES } from '../store/tables.ts';
import type { Work } from '../store/work.ts';
import { announce, type Context } from './context.ts';
import {
  accountsOf,
  type MessagePlace,
  messageKey,
  readConversation,
  readPlace,
  writeConversation,
  writeMessage,
} from './conversations.ts';

const ACCOUNT_BYTES = 16;

/** A message whose envelope passed every check. */
export interface Arrived {
  /** The row that it fills, if its content has one. */
  readonly row: MessageRecord;
  readonly envHash: Uint8Array;
}

/** Contents that change other rows or the conversation, and have no row of their own. */
export function hasRow({ type }: Content): boolean {
  const without: readonly ContentType[] = [ContentType.reaction, ContentType.edit, ContentType.delete, ContentType.receipt];
  return !without.includes(type);
}

/** Throws the refusal before anything is written. */
export async function checkContent(
  ctx: Context,
  work: Work,
  conversation: ConversationRecord,
  account: string,
  content: Content,
): Promise<void> {
  switch (content.type) {
    case ContentType.edit:
    case ContentType.delete: {
      const place = await placeIn(work, conversation, content.target);
      const owner = place === null || place.account === null ? null : fromHex(place.account);
      return verifyContentOwner(fromHex(account), owner);
    }
    case ContentType.groupChange: {
      const isFirstList = conversation.adminsGuessed && content.kind === GroupChangeKind.admins;
      return isFirstList ? undefined : verifyContentAdmin(fromHex(account), conversation.admins.map(fromHex));
    }
    case ContentType.notice:
      // A notice to somebody else would not be shown to him by anybody; the sender's own devices pass it over.
      if (account !== toHex(ctx.device().accountId))
        verifyShownNotice(content, ctx.network().profile.authorities, ctx.device().accountId);
      return;
    default:
      return;
  }
}

/** Applies a content that passed `checkContent`; `arrived.row` has its id, sender and times. */
export async function applyContent(ctx: Context, work: Work, arrived: Arrived, content: Content): Promise<void> {
  const { row, envHash } = arrived;
  const conversation = (await readConversation(work, row.conversation)) as ConversationRecord;
  const expiresMs = content.expireS === 0 ? null : row.receivedMs + 1000 * content.expireS;
  if (hasRow(content)) {
    const isNew = (await work.get(TABLES.message, messageKey(row.conversation, row.order))) === null;
    const message: MessageRecord = { ...row, body: bodyOf(content), expiresMs };
    writeMessage(work, message, envHash);
    announce(ctx, work, { type: 'message', message, isNew });
  } else {
    work.delete(TABLES.message, messageKey(row.conversation, row.order)); // it may have stood there unreadable
    const place: MessagePlace = { conversation: row.conversation, order: '', account: row.account, envHash };
    work.put(TABLES.messageId, row.id, place);
  }
  await applyEffect(ctx, work, conversation, row.account as string, content);
}

async function applyEffect(ctx: Context, work: Work, conversation: ConversationRecord, account: string, content: Content) {
  switch (content.type) {
    case ContentType.edit:
      return changeRow(ctx, work, conversation, content.target, (row) => editRow(row, content));
    case ContentType.delete:
      return changeRow(ctx, work, conversation, content.target, (row) => ({ ...row, body: null, deleted: true, reactions: {} }));
    case ContentType.reaction:
      return changeRow(ctx, work, conversation, content.to, (row) => react(row, account, content.emoji));
    case ContentType.receipt:
      for (const id of content.ids) {
        await changeRow(ctx, work, conversation, id, (row) => receive(row, account, content.kind));
      }
      return;
    case ContentType.timer:
      return changeConversation(ctx, work, conversation, { expireS: content.seconds });
    case ContentType.groupChange:
      return changeConversation(ctx, work, conversation, groupChange(conversation, content));
    default:
      return;
  }
}

/** What a content shows by itself; null for one without a row. */
export function bodyOf(content: Content): MessageBody | null {
  switch (content.type) {
    case ContentType.text:
      return { kind: 'text', text: content.body, replyTo: null };
    case ContentType.reply:
      return { kind: 'text', text: content.body, replyTo: toHex(content.to) };
    case ContentType.attachment: {
      const { type: _type, expireS: _expireS, ...attachment } = content;
      return { kind: 'attachment', attachment };
    }
    case ContentType.timer:
      return { kind: 'timer', seconds: content.seconds };
    case ContentType.groupChange:
      return groupChangeBody(content);
    case ContentType.notice: {
      const { orderId, due } = content.notice;
      return { kind: 'notice', text: content.text, orderId: toHex(orderId), due: Number(due) };
    }
    default:
      return null;
  }
}

function groupChangeBody({ kind, value }: ContentOf<typeof ContentType.groupChange>): MessageBody {
  if (kind === GroupChangeKind.name) return { kind: 'name', name: toUtf8(value) ?? '' };
  return kind === GroupChangeKind.picture ? { kind: 'picture' } : { kind: 'admins', accounts: decodeAdmins(value) };
}

function groupChange(
  conversation: ConversationRecord,
  { kind, value }: ContentOf<typeof ContentType.groupChange>,
): Partial<ConversationRecord> {
  if (kind === GroupChangeKind.name) return { name: toUtf8(value) };
  if (kind === GroupChangeKind.picture) return { picture: value };
  const admins = decodeAdmins(value).filter((account) => accountsOf(conversation).includes(account));
  // A list without members would leave a group that nobody can change.
  return admins.length === 0 ? {} : { admins, adminsGuessed: false };
}

/** The value of an admin list: account ids one after the other. */
export function encodeAdmins(accounts: readonly string[]): Uint8Array {
  return concat(...accounts.map(fromHex));
}

function decodeAdmins(value: Uint8Array): string[] {
  const accounts: string[] = [];
  for (let at = 0; at + ACCOUNT_BYTES <= value.length; at += ACCOUNT_BYTES)
    accounts.push(toHex(value.subarray(at, at + ACCOUNT_BYTES)));
  return accounts;
}

/** Only a text has words to change. */
function editRow(row: MessageRecord, content: ContentOf<typeof ContentType.edit>): MessageRecord {
  return row.body?.kind === 'text' ? { ...row, body: { ...row.body, text: content.body }, edited: true } : row;
}

function react(row: MessageRecord, account: string, emoji: string): MessageRecord {
  const { [account]: _before, ...others } = row.reactions;
  return { ...row, reactions: emoji === '' ? others : { ...others, [account]: emoji } };
}

/** Read stays read, whatever comes late. */
function receive(row: MessageRecord, account: string, kind: number): MessageRecord {
  const known = row.receipts[account] ?? 0;
  return kind <= known ? row : { ...row, receipts: { ...row.receipts, [account]: kind } };
}

async function placeIn(work: Work, { id }: ConversationRecord, msgId: Uint8Array): Promise<MessagePlace | null> {
  const place = await readPlace(work, msgId);
  return place?.conversation === id ? place : null;
}

/** Reactions and receipts may name a message that this device never had. */
async function changeRow(
  ctx: Context,
  work: Work,
  conversation: ConversationRecord,
  msgId: Uint8Array,
  change: (row: MessageRecord) => MessageRecord,
): Promise<void> {
  const place = await placeIn(work, conversation, msgId);
  if (place === null) return;
  const key = messageKey(conversation.id, place.order);
  const row = await work.get<MessageRecord>(TABLES.message, key);
  if (row === null || row.deleted) return;
  const message = change(row);
  if (message === row) return;
  work.put(TABLES.message, key, message);
  announce(ctx, work, { type: 'message', message, isNew: false });
}

async function changeConversation(
  ctx: Context,
  work: Work,
  conversation: ConversationRecord,
  change: Partial<ConversationRecord>,
): Promise<void> {
  writeConversation(work, { ...conversation, ...change });
  announce(ctx, work, { type: 'conversation', id: conversation.id });
}

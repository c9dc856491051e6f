/** Conversations as records: read, changed and named in one place. */
import { decode, toHex } from '@countersign/bytes';
import { deviceCertCodec, type RosterMember } from '@countersign/custody';
import type { Group } from '@countersign/mls';
import { type ConversationRecord, type MemberRecord, type MessageRecord, orderKey, TABLES } from '../store/tables.ts';
import type { Work } from '../store/work.ts';

const ORDER = 'order';

export function readConversation(work: Pick<Work, 'get'>, id: string): Promise<ConversationRecord | null> {
  return work.get<ConversationRecord>(TABLES.conversation, id);
}

export function writeConversation(work: Work, conversation: ConversationRecord): void {
  work.put(TABLES.conversation, conversation.id, conversation);
}

/** A conversation that this device has just made or joined; its members come from the group. */
export function newConversation(
  fields: Pick<ConversationRecord, 'id' | 'kind' | 'status'> & Partial<ConversationRecord>,
  group: Group | null,
  nowMs: number,
): ConversationRecord {
  return {
    groupInfo: null,
    invited: [],
    epoch: group?.epoch ?? 0n,
    epochSinceMs: nowMs,
    members: group === null || group.epoch === null ? [] : membersOf(group),
    name: null,
    picture: null,
    admins: [],
    adminsGuessed: false,
    expireS: 0,
    rosterEpoch: null,
    sending: null,
    updatedMs: nowMs,
    leaving: false,
    ...fields,
  };
}

/** The members of the group's epoch by their certificates. */
export function membersOf(group: Group): MemberRecord[] {
  return rosterMembersOf(group).map(({ leafIndex, deviceId, accountId }) => ({
    account: toHex(accountId),
    device: toHex(deviceId),
    leaf: leafIndex,
  }));
}

/** As a Roster names them (PROTOCOL 4). */
export function rosterMembersOf(group: Group): RosterMember[] {
  return group.roster().members.map(({ leafIndex, identity }) => {
    const { deviceId, accountId } = decode(deviceCertCodec, identity);
    return { leafIndex, deviceId, accountId };
  });
}

/** Account ids, each once. */
export function accountsOf({ members }: Pick<ConversationRecord, 'members'>): string[] {
  return [...new Set(members.map(({ account }) => account))];
}

/** The place of the next row. */
export async function nextOrder(work: Work): Promise<string> {
  const order = ((await work.get<number>(TABLES.meta, ORDER)) ?? 0) + 1;
  work.put(TABLES.meta, ORDER, order);
  return orderKey(order);
}

export function messageKey(conversation: string, order: string): string {
  return `${conversation}/${order}`;
}

/** Where a message stands, by its id. */
export interface MessagePlace {
  readonly conversation: string;
  readonly order: string;
  readonly account: string | null;
  readonly envHash: Uint8Array | null;
}

export function readPlace(work: Pick<Work, 'get'>, msgId: Uint8Array): Promise<MessagePlace | null> {
  return work.get<MessagePlace>(TABLES.messageId, toHex(msgId));
}

export function writeMessage(work: Work, message: MessageRecord, envHash: Uint8Array | null): void {
  const key = messageKey(message.conversation, message.order);
  work.put(TABLES.message, key, message);
  if (message.expiresMs !== null) work.put(TABLES.expiry, `${orderKey(message.expiresMs)}/${key}`, key);
  if (message.id === '') return;
  const place: MessagePlace = {
    conversation: message.conversation,
    order: message.order,
    account: message.account,
    envHash,
  };
  work.put(TABLES.messageId, message.id, place);
}

/** A row with nothing in it yet. */
export function blankMessage(
  fields: Pick<MessageRecord, 'conversation' | 'order' | 'state'> & Partial<MessageRecord>,
): MessageRecord {
  return {
    id: '',
    account: null,
    device: null,
    own: false,
    sentMs: 0,
    receivedMs: 0,
    body: null,
    code: null,
    reason: null,
    expiresMs: null,
    edited: false,
    deleted: false,
    reactions: {},
    receipts: {},
    ...fields,
  };
}

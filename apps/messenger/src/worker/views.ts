/** From the engine's records to what the page draws. Content of refused and unreadable messages is not even handed over. */

import { toHex } from '@countersign/bytes';
import type {
  ConversationRecord,
  Invitation,
  MessageBody,
  MessageRecord,
  OwnDevice,
  Readers,
  Voucher,
} from '@countersign/client';
import type {
  BodyView,
  ConversationView,
  CustodyView,
  DeviceView,
  MemberView,
  MessageView,
  Offer,
  VoucherView,
} from '../engine/api.ts';

/** Handles by account, as far as they are known. */
export type Names = (account: string) => string;

const WITHOUT_BODY: ReadonlySet<string> = new Set(['refused', 'unreadable', 'unsupported']);

export function messageView(record: MessageRecord, names: Names): MessageView {
  const { order, id, conversation, state, own, account, sentMs, receivedMs, body, code, reason, edited, deleted } = record;
  const isShown = !WITHOUT_BODY.has(state) && !deleted && body !== null;
  const receipts = Object.values(record.receipts);
  return {
    ...{ order, id, conversation, state, own, code, reason, edited, deleted },
    from: account === null ? '' : names(account),
    sentMs: sentMs || receivedMs,
    body: isShown ? bodyView(body, account === null ? '' : names(account), names) : null,
    reactions: Object.values(record.reactions),
    delivered: receipts.length,
    read: receipts.filter((kind) => kind === 2).length,
  };
}

function bodyView(body: MessageBody, who: string, names: Names): BodyView {
  switch (body.kind) {
    case 'text':
    case 'gap':
    case 'notice':
      return body;
    case 'attachment': {
      const { name, size, caption } = body.attachment;
      return { kind: 'attachment', name, size: Number(size), caption };
    }
    case 'timer':
      return event(
        body.seconds === 0 ? `${who} switched disappearing off` : `${who} lets messages disappear after ${body.seconds} s`,
      );
    case 'name':
      return event(`${who} named the group ${body.name}`);
    case 'picture':
      return event(`${who} changed the picture`);
    case 'admins':
      return event(`Admins: ${body.accounts.map(names).join(', ')}`);
    case 'members': {
      const added = body.added.length === 0 ? '' : `added ${body.added.map(names).join(', ')}`;
      const removed = body.removed.length === 0 ? '' : `removed ${body.removed.map(names).join(', ')}`;
      return event(`${who} ${[added, removed].filter((text) => text !== '').join(' and ')}`.trim());
    }
  }
}

function event(text: string): BodyView {
  return { kind: 'event', text };
}

/** Accounts of a conversation, each once; those that are only invited too. */
export function accountsOf({ members, invited }: ConversationRecord): string[] {
  return [...new Set([...members.map(({ account }) => account), ...invited])];
}

export function membersView(record: ConversationRecord, me: string, names: Names): MemberView[] {
  return accountsOf(record).map((account) => ({
    account,
    handle: names(account),
    devices: record.members.filter((member) => member.account === account).length,
    isMe: account === me,
  }));
}

export function conversationView(
  record: ConversationRecord,
  facts: { readonly me: string; readonly newest: MessageView | null; readonly unread: number },
  names: Names,
): ConversationView {
  const { id, kind, status, expireS, name } = record;
  const members = membersView(record, facts.me, names);
  const others = members.filter(({ isMe }) => !isMe).map(({ handle }) => handle);
  return {
    ...{ id, kind, status, members, expireS },
    title: name ?? (others.length === 0 ? 'Only you' : others.join(', ')),
    unread: facts.unread,
    preview: facts.newest === null ? '' : previewOf(facts.newest),
    lastMs: facts.newest?.sentMs ?? 0,
  };
}

function previewOf({ body, own, from, state, deleted }: MessageView): string {
  if (deleted) return 'Deleted message';
  if (state === 'refused') return 'A message was refused';
  if (state === 'gap') return 'Messages are missing';
  if (body === null) return 'A message that cannot be shown';
  const who = own ? 'You: ' : from === '' ? '' : `${from}: `;
  switch (body.kind) {
    case 'text':
      return who + body.text.split('\n', 1)[0];
    case 'attachment':
      return who + body.name;
    case 'notice':
      return 'Notice of an order';
    case 'event':
      return body.text;
    case 'gap':
      return 'Messages are missing';
  }
}

export function custodyView(custody: NonNullable<Readers['custody']>): CustodyView {
  return {
    threshold: custody.t,
    keyId: custody.custodyKeyId,
    custodians: custody.custodians.map(({ index, name, sigKey }) => ({ index, name, key: sigKey })),
  };
}

export function offerView({ statement, custody, vouchersNeeded, isOwnDevice, anchor }: Invitation): Offer {
  return {
    statement,
    custody: offeredCustody(custody),
    vouchersNeeded,
    ownDevice: isOwnDevice,
    networkId: toHex(anchor.networkId),
  };
}

/** The service's facts (docs/network.md), which come from outside; null where they have another form: the statement says it all. */
function offeredCustody(custody: unknown): CustodyView | null {
  const { threshold, custody_key_id: keyId, custodians } = (custody ?? {}) as Record<string, unknown>;
  if (typeof threshold !== 'number' || typeof keyId !== 'string' || !Array.isArray(custodians)) return null;
  return {
    threshold,
    keyId,
    custodians: (custodians as Record<string, unknown>[]).map(({ index, name, sig_key: key }) => ({
      index: Number(index),
      name: String(name),
      key: String(key),
    })),
  };
}

export function voucherView({ voucher, voucherId, expires, redeemedBy, forOwnDevice }: Voucher): VoucherView {
  return { id: voucherId, voucher, expires, redeemedBy, forOwnDevice };
}

export function deviceView({ deviceId, isThis, revoked, lastSeen, notAfter }: OwnDevice): DeviceView {
  return { id: deviceId, isThis, revoked, lastSeen, notAfter };
}

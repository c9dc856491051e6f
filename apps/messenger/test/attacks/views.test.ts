/** Content of a message that failed a check does not even reach the page (PROTOCOL 9). */
import type { ConversationRecord, MessageRecord } from '@countersign/client';
import { describe, expect, it } from 'vitest';
import { conversationView, messageView } from '../../src/worker/views.ts';

const record = (fields: Partial<MessageRecord>): MessageRecord => ({
  ...{
    id: '01',
    conversation: 'c',
    order: '1',
    state: 'received',
    account: 'aa',
    device: 'dd',
    own: false,
    sentMs: 5,
    receivedMs: 9,
  },
  ...{ code: null, reason: null, expiresMs: null, edited: false, deleted: false, reactions: {}, receipts: {} },
  body: { kind: 'text', text: 'canary-51c2', replyTo: null },
  ...fields,
});
const names = (account: string) => (account === 'aa' ? 'Liis' : account);

describe('what the page is given of a message', () => {
  it.each([
    { state: 'refused', code: 'envelope.hash_mismatch' },
    { state: 'unreadable', reason: 'damaged' },
    { state: 'unsupported' },
    { deleted: true },
  ] as const)('holds no content when it is %o', (fields) => {
    expect(JSON.stringify(messageView(record(fields), names))).not.toContain('canary');
  });

  it('holds the content, the sender and the time when all is well', () => {
    expect(messageView(record({}), names)).toMatchObject({ from: 'Liis', sentMs: 5, body: { text: 'canary-51c2' } });
  });

  it('counts who has it and who has read it', () => {
    expect(messageView(record({ own: true, receipts: { aa: 1, bb: 2 } }), names)).toMatchObject({ delivered: 2, read: 1 });
  });
});

describe('a conversation', () => {
  const base: ConversationRecord = {
    ...{ id: 'c', kind: 'direct', status: 'active', groupInfo: null, epoch: 1n, epochSinceMs: 0, picture: null, admins: [] },
    ...{
      adminsGuessed: false,
      expireS: 0,
      rosterEpoch: 1n,
      sending: null,
      updatedMs: 0,
      leaving: false,
      name: null,
      invited: [],
    },
    members: [
      { account: 'me', device: '1', leaf: 0 },
      { account: 'aa', device: '2', leaf: 1 },
      { account: 'aa', device: '3', leaf: 2 },
    ],
  };

  it('is named by the others, counts their devices and previews no refused content', () => {
    const newest = messageView(record({ state: 'refused' }), names);
    const view = conversationView(base, { me: 'me', newest, unread: 1 }, names);
    expect(view.title).toBe('Liis');
    expect(view.members.map(({ handle, devices }) => [handle, devices])).toEqual([
      ['me', 1],
      ['Liis', 2],
    ]);
    expect(view.preview).toBe('A message was refused');
  });
});

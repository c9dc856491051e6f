/** What the page knows, event by event. */
import { describe, expect, it } from 'vitest';
import type { ConversationView, EngineEvent } from '../../src/engine/api.ts';
import { type Action, INITIAL, type Model, reduce, searchConversations } from '../../src/state/model.ts';
import { messageOf } from '../message.ts';

const conversation = (fields: Partial<ConversationView> & Pick<ConversationView, 'id'>): ConversationView => ({
  ...{ kind: 'group', title: fields.id, status: 'active', members: [], unread: 0, preview: '', lastMs: 0, expireS: 0 },
  ...fields,
});
const run = (actions: readonly Action[], from: Model = INITIAL): Model => actions.reduce(reduce, from);
const event = (of: EngineEvent): Action => ({ type: 'event', event: of, nowMs: 5000 });
const orders = (model: Model) => model.threads.get('c')?.messages.map(({ order }) => order);

describe('a thread', () => {
  const loaded = run([
    { type: 'page', conversation: 'c', page: { messages: ['3', '4'].map((order) => messageOf({ order })), more: true } },
  ]);

  it('puts older pages before and new messages behind', () => {
    const model = run(
      [
        event({ type: 'messages', messages: [messageOf({ order: '5' })] }),
        {
          type: 'page',
          conversation: 'c',
          page: { messages: [messageOf({ order: '1' }), messageOf({ order: '2' })], more: false },
        },
      ],
      loaded,
    );
    expect(orders(model)).toEqual(['1', '2', '3', '4', '5']);
    expect(model.threads.get('c')?.more).toBe(false);
  });

  it('replaces a message that changed and never doubles one', () => {
    const model = run([event({ type: 'messages', messages: [messageOf({ order: '3', state: 'sent', own: true })] })], loaded);
    expect(orders(model)).toEqual(['3', '4']);
    expect(model.threads.get('c')?.messages[0]?.state).toBe('sent');
  });

  it('that is not open is left to the store', () => {
    const model = run([event({ type: 'messages', messages: [messageOf({ order: '9', conversation: 'other' })] })], loaded);
    expect(model.threads.has('other')).toBe(false);
  });
});

describe('the list of conversations', () => {
  it('is newest first and holds each conversation once', () => {
    const of = (id: string, lastMs: number) => event({ type: 'conversation', conversation: conversation({ id, lastMs }) });
    expect(run([of('a', 1), of('b', 3), of('a', 5)]).conversations?.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('is searched by every word, in title, members and last line', () => {
    const member = { account: '1', handle: 'Kalle', devices: 1, isMe: false };
    const list = [conversation({ id: 'a', title: 'Harbour', members: [member] }), conversation({ id: 'b', title: 'Harbour' })];
    expect(searchConversations(list, 'harb kalle').map(({ id }) => id)).toEqual(['a']);
    expect(searchConversations(list, '').length).toBe(2);
  });
});

describe('the state of the line', () => {
  it('remembers the latest moment that something was heard', () => {
    const model = run([event({ type: 'heard', ms: 20 }), event({ type: 'heard', ms: 10 })]);
    expect(model.lastHeardMs).toBe(20);
  });

  it('ends at a revoked device, and forgets all when it is erased', () => {
    const revoked = run([event({ type: 'custody' }), event({ type: 'revoked' })]);
    expect(revoked.phase).toBe('revoked');
    expect(run([{ type: 'phase', phase: 'empty' }], revoked)).toEqual({ ...INITIAL, phase: 'empty' });
  });

  it('stops saying that somebody types when the message is there', () => {
    const typing = run([event({ type: 'typing', conversation: 'c', handle: 'Liis' })]);
    expect(typing.typing?.handle).toBe('Liis');
    expect(run([event({ type: 'messages', messages: [messageOf({ order: '1' })] })], typing).typing).toBeNull();
  });
});

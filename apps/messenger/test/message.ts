/** A message of a thread with what a test does not care about filled in. */
import type { MessageView } from '../src/engine/api.ts';

export function messageOf(fields: Partial<MessageView> & Pick<MessageView, 'order'>): MessageView {
  return {
    ...{
      id: fields.order,
      conversation: 'c',
      state: 'received',
      own: false,
      from: 'Liis',
      sentMs: 1000,
      code: null,
      reason: null,
    },
    ...{ edited: false, deleted: false, reactions: [], delivered: 0, read: 0 },
    body: { kind: 'text', text: 'hello', replyTo: null },
    ...fields,
  };
}

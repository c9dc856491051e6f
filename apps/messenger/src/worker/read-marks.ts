/** How far each conversation was read on this device, kept in the same sealed store as everything else. */
import { fromUtf8, toUtf8 } from '@countersign/bytes';
import type { MessageRecord, Store } from '@countersign/client';

/** A table of the page's own, beside the engine's. */
const TABLE = 'read_mark';

export async function readMark(store: Store, conversation: string): Promise<string> {
  const bytes = await store.get(TABLE, conversation);
  return bytes === null ? '' : (toUtf8(bytes) ?? '');
}

export function setReadMark(store: Store, conversation: string, order: string): Promise<void> {
  return store.commit([{ table: TABLE, key: conversation, value: fromUtf8(order) }]);
}

/** What others sent after the mark; group events and one's own messages do not count. */
export function unreadOf(messages: readonly MessageRecord[], mark: string): MessageRecord[] {
  return messages.filter(({ order, own, body }) => order > mark && !own && body?.kind !== 'members' && body?.kind !== 'name');
}

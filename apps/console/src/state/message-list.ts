/** Which row of a list is chosen, moved with j and k, and what a message's stable citation is. */
import type { ShownMessage } from '../api/types.ts';

/** The key of the row `step` away from the chosen one; from none, the newest for k and the first for j. */
export function moved(messages: readonly ShownMessage[], chosen: string | null, step: 1 | -1): string | null {
  if (messages.length === 0) return null;
  const at = messages.findIndex((message) => rowKey(message) === chosen);
  const next = at === -1 ? (step === 1 ? 0 : messages.length - 1) : Math.min(messages.length - 1, Math.max(0, at + step));
  return rowKey(messages[next] as ShownMessage);
}

/** One message can stand under several orders. */
export function rowKey({ message_id, order_id }: ShownMessage): string {
  return `${order_id}/${message_id}`;
}

/** The grant and the number in its sequence: no gap and no double under one grant (PROTOCOL 9). */
export function citation({ grant_id, seq }: ShownMessage): string {
  return `${grant_id.slice(0, 8)}-${seq}`;
}

/** What a record that is no plain message does; empty for text. */
export function kindText({ kind, about }: ShownMessage): string {
  const target = about === undefined ? '' : ` ${about.slice(0, 8)}`;
  switch (kind) {
    case 'text':
      return '';
    case 'reply':
      return `reply to${target}`;
    case 'edit':
      return `edits${target}`;
    case 'delete':
      return `deletes${target} for members`;
    case 'reaction':
      return `reacts to${target}`;
    case 'groupChange':
      return 'changes the group';
    default:
      return kind;
  }
}

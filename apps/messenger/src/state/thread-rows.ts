/** A thread as the rows that are drawn: day separators, and messages of one person in a row drawn as a run. */
import { dayLabel, type Zone } from '@countersign/ui/text';
import type { MessageView } from '../engine/api.ts';

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly label: string }
  | { readonly kind: 'message'; readonly key: string; readonly message: MessageView; readonly startsRun: boolean };

/** A pause after which the name is said again. */
const RUN_PAUSE_MS = 5 * 60_000;

export function threadRows(messages: readonly MessageView[], nowMs: number, zone: Zone = null): Row[] {
  const rows: Row[] = [];
  let label = '';
  let previous: MessageView | null = null;
  for (const message of messages) {
    const day = message.sentMs === 0 ? label : dayLabel(message.sentMs, nowMs, zone);
    if (day !== label) {
      label = day;
      previous = null;
      rows.push({ kind: 'day', key: `day ${message.order}`, label });
    }
    rows.push({ kind: 'message', key: message.order, message, startsRun: !continues(previous, message) });
    previous = message;
  }
  return rows;
}

function continues(previous: MessageView | null, message: MessageView): boolean {
  return (
    previous !== null &&
    previous.body?.kind !== 'event' &&
    previous.from === message.from &&
    previous.own === message.own &&
    message.sentMs - previous.sentMs < RUN_PAUSE_MS
  );
}

/** What an operator watches, as Prometheus text: sizes and counts, nothing about any entry. */
import type { LogBook } from './log-book.ts';
import type { OpeningsBox } from './openings-box.ts';
import type { Publisher } from './publisher.ts';

export function formatMetrics(book: LogBook, publisher: Publisher, box: OpeningsBox): string {
  const rows: readonly (readonly [name: string, type: 'gauge' | 'counter', value: number])[] = [
    ['logbook_entries', 'gauge', book.size],
    ['logbook_published_entries', 'gauge', publisher.published?.size ?? 0],
    ['logbook_waiting_entries', 'gauge', book.waitingEntries],
    ['logbook_failed_rounds_total', 'counter', publisher.failedRounds],
    ['logbook_openings', 'gauge', box.count],
  ];
  return rows.map(([name, type, value]) => `# TYPE ${name} ${type}\n${name} ${value}\n`).join('');
}

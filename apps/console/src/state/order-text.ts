/** An order in words: what it covers and how much time is left. */
import { formatDuration, formatUtc, timeParts } from '@countersign/ui/text';
import type { NetworkFacts, OrderView } from '../api/types.ts';

const KINDS: Readonly<Record<number, string>> = {
  1: 'Warrant',
  2: 'Production order',
  3: 'Emergency order',
  4: 'Preservation order',
};
const DAY_MS = 86_400_000;

export function orderTitle({ reference, order_id, kind }: OrderView): string {
  return `${KINDS[kind] ?? 'Order'} ${reference === '' ? order_id.slice(0, 8) : reference}`;
}

/** `3 subjects, 2026-11-01 to 2026-11-30 UTC, narcotics, live`. */
export function coverText(order: OrderView, network: NetworkFacts): string {
  const { subjects, day_from, day_to, purposes, mode } = order;
  const days = `${timeParts(day_from * DAY_MS, 'UTC').date} to ${timeParts(day_to * DAY_MS, 'UTC').date} UTC`;
  const names = purposes.map((purpose) => purposeName(purpose, network));
  return [subjects === 1 ? '1 subject' : `${subjects} subjects`, days, ...names, mode].join(', ');
}

function purposeName(purpose: number, { purposes }: NetworkFacts): string {
  const name = purposes.find((entry) => entry.purpose === purpose)?.name;
  return name === undefined ? `purpose ${purpose}` : name.replaceAll('_', ' ');
}

export function agencyName(agencyId: string, { agencies }: NetworkFacts): string {
  const agency = agencies.find(({ agency_id }) => agency_id === agencyId);
  return agency === undefined ? `agency ${agencyId.slice(0, 8)}` : `${agency.name} (${agency.territory})`;
}

export interface TimeLeft {
  readonly text: string;
  /** In force, ending within a day, or not in force. */
  readonly tone: 'good' | 'soon' | 'over';
}

export function timeLeft({ state, code, expires, not_before }: OrderView, nowMs: number): TimeLeft {
  if (state !== 'in_force') return { text: `not in force${code === null ? '' : `: ${code}`}`, tone: 'over' };
  const leftMs = expires * 1000 - nowMs;
  if (leftMs <= 0) return { text: `ended ${formatUtc(expires * 1000)}`, tone: 'over' };
  if (not_before * 1000 > nowMs) return { text: `begins ${formatUtc(not_before * 1000)}`, tone: 'soon' };
  return { text: `${formatDuration(leftMs)} left`, tone: leftMs < DAY_MS ? 'soon' : 'good' };
}

export function noticeText({ notify_by }: OrderView): string {
  return `persons notified by ${timeParts(notify_by * 1000, 'UTC').date} UTC`;
}

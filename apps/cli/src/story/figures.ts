/** What a story comes to: counted by comparing what was sent with what arrived, never by counting calls. */

/** A line on its way; times in milliseconds of one clock. */
export interface LineRecord {
  readonly text: string;
  /** The sender's handle, with @. */
  readonly from: string;
  readonly isInScope: boolean;
  /** The first of its sender in its conversation: custodians have to release its scope. */
  readonly isFirst: boolean;
  /** The agency whose territory the sender's device is in. */
  readonly agency: string;
  readonly recipients: number;
  messageId: string | null;
  sentAtMs: number;
  isAcked: boolean;
  /** Texts as its recipients' devices show them. */
  readonly received: string[];
}

/** A line as an officer's feed showed it. */
export interface FeedRecord {
  readonly messageId: string;
  readonly text: string;
  readonly from: string;
  /** Of the officer. */
  readonly agency: string;
  readonly atMs: number;
}

export interface Figures {
  readonly sent: number;
  readonly delivered: number;
  readonly acked: number;
  readonly in_scope: number;
  readonly reviewed: number;
  readonly reviewed_match: number;
  readonly out_of_scope_sent: number;
  readonly out_of_scope_readable: number;
  readonly p50_live_ms: number | null;
  readonly p99_live_ms: number | null;
  readonly p99_first_ms: number | null;
}

/** `readable` are ids of lines out of scope that some officer was shown on asking for them. */
export function countFigures(lines: readonly LineRecord[], feed: readonly FeedRecord[], readable: ReadonlySet<string>): Figures {
  const sent = lines.filter(({ messageId }) => messageId !== null);
  const inScope = sent.filter(({ isInScope }) => isInScope);
  const outOfScope = sent.filter(({ isInScope }) => !isInScope);
  const shown = new Map<string, FeedRecord[]>();
  for (const record of feed) shown.set(record.messageId, [...(shown.get(record.messageId) ?? []), record]);
  const shownOf = ({ messageId }: LineRecord) => shown.get(messageId ?? '') ?? [];
  const latencies = (isFirst: boolean) =>
    inScope
      .filter((line) => line.isFirst === isFirst && shownOf(line).length > 0)
      .map((line) => Math.min(...shownOf(line).map(({ atMs }) => atMs)) - line.sentAtMs);
  return {
    sent: sent.length,
    delivered: sent.filter(isDelivered).length,
    acked: sent.filter(({ isAcked }) => isAcked).length,
    in_scope: inScope.length,
    reviewed: inScope.filter((line) => shownOf(line).length > 0).length,
    reviewed_match: inScope.filter((line) => isMatch(line, shownOf(line))).length,
    out_of_scope_sent: outOfScope.length,
    out_of_scope_readable: outOfScope.filter((line) => shownOf(line).length > 0 || readable.has(line.messageId ?? '')).length,
    p50_live_ms: percentile(latencies(false), 50),
    p99_live_ms: percentile(latencies(false), 99),
    p99_first_ms: percentile(latencies(true), 99),
  };
}

/** Every recipient's device shows the very text. */
function isDelivered({ text, recipients, received }: LineRecord): boolean {
  return received.length === recipients && received.every((shown) => shown === text);
}

/** Shown once, as it was sent, to the agency that may read it and to no other. */
function isMatch({ text, from, agency }: LineRecord, shown: readonly FeedRecord[]): boolean {
  const [only] = shown;
  return shown.length === 1 && only?.text === text && only.from === from && only.agency === agency;
}

/** Nearest rank, in whole milliseconds; null of nothing. */
export function percentile(values: readonly number[], percent: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] as number);
}

/** GET /metrics: counts and ages in Prometheus's text form; nothing about content or persons (ARCHITECTURE, what must never happen). */

export interface Figures {
  readonly listed: bigint;
  readonly received: bigint;
  readonly gaps: bigint;
  readonly faults: bigint;
  readonly isConnected: boolean;
  readonly silentMs: number;
  readonly logSize: number;
  readonly orders: number;
}

export function formatMetrics(figures: Figures): string {
  const lines: readonly (readonly [name: string, help: string, value: number | bigint])[] = [
    ['review_envelopes_listed', 'Envelopes that the log lists in the batches taken', figures.listed],
    ['review_envelopes_received', 'Envelopes that came with these batches', figures.received],
    ['review_gaps', 'Envelopes withheld or missing from a chain (reader.gap)', figures.gaps],
    ['review_open_faults', 'Envelopes that custody cannot open', figures.faults],
    ['review_feed_connected', '1 while the custody stream is open', figures.isConnected ? 1 : 0],
    ['review_feed_silent_ms', 'Since the custody stream was last heard', figures.silentMs],
    ['review_log_size', 'Entries in the own copy of the log', figures.logSize],
    ['review_orders', 'Orders known, ended ones included', figures.orders],
  ];
  return `${lines.map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}`).join('\n')}\n`;
}

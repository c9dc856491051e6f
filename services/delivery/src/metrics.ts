/** Figures for the operator's monitoring, in Prometheus text; counts only, no ids. */
import type { Core } from './core.ts';

export function metricsOf({ acceptor, hub, log }: Core): string {
  const figures: readonly (readonly [string, 'counter' | 'gauge', number])[] = [
    ['delivery_messages_accepted_total', 'counter', acceptor.accepted],
    ['delivery_batches_total', 'counter', acceptor.batches],
    ['delivery_messages_waiting', 'gauge', acceptor.waiting],
    ['delivery_connections', 'gauge', hub.size],
    ['delivery_log_size', 'gauge', log.mirror.size],
    ['delivery_log_fault', 'gauge', log.mirror.fault === null ? 0 : 1],
  ];
  return figures.map(([name, type, value]) => `# TYPE ${name} ${type}\n${name} ${value}\n`).join('');
}

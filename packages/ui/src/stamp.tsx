/** A moment: short in place, in UTC and local time with both zones named for who points at it or hears it. */
import { formatLocal, formatUtc, timeParts } from './time.ts';

export function Stamp({ ms, as = 'time' }: { readonly ms: number; readonly as?: 'time' | 'seconds' | 'full' }) {
  const local = timeParts(ms, null);
  const text = as === 'full' ? formatLocal(ms) : as === 'seconds' ? local.seconds : local.time;
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${formatUtc(ms)}\n${formatLocal(ms)}`}>
      {text}
    </time>
  );
}

/** Times as people read them: which zone is meant is always said. Pure; the zone is an argument, null for the reader's own. */

export type Zone = string | null;

interface Parts {
  readonly date: string;
  readonly time: string;
  readonly seconds: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Formats are dear to make, and a long thread asks thousands of times. */
function formatOf(key: string, zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${key} ${zone ?? ''}`;
  const known = formats.get(name);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', zone === null ? options : { ...options, timeZone: zone });
  formats.set(name, made);
  return made;
}

/** `2026-11-24`, `14:05`, `14:05:09`. */
export function timeParts(ms: number, zone: Zone): Parts {
  const parts = formatOf('parts', zone, {
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  }).formatToParts(ms);
  const value = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const time = `${value('hour')}:${value('minute')}`;
  return { date: `${value('year')}-${value('month')}-${value('day')}`, time, seconds: `${time}:${value('second')}` };
}

/** The short name of a zone at that moment, such as `UTC` or `GMT+1`. */
export function zoneName(ms: number, zone: Zone): string {
  const parts = formatOf('zone', zone, { timeZoneName: 'short' }).formatToParts(ms);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}

/** `2026-11-24 14:05:09 UTC`. */
export function formatUtc(ms: number): string {
  const { date, seconds } = timeParts(ms, 'UTC');
  return `${date} ${seconds} UTC`;
}

/** The same moment with the zone's name: `2026-11-24 15:05:09 CET`. */
export function formatLocal(ms: number, zone: Zone = null): string {
  const { date, seconds } = timeParts(ms, zone);
  return `${date} ${seconds} ${zoneName(ms, zone)}`;
}

/** `Today`, `Yesterday`, or `Tuesday, 24 November 2026`: what separates the days of a thread. */
export function dayLabel(ms: number, nowMs: number, zone: Zone = null): string {
  const { date } = timeParts(ms, zone);
  if (date === timeParts(nowMs, zone).date) return 'Today';
  if (date === timeParts(nowMs - 86_400_000, zone).date) return 'Yesterday';
  return formatOf('day', zone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(ms);
}

/** Time of day within the last day, else the date: the right-hand end of a list row. */
export function listTime(ms: number, nowMs: number, zone: Zone = null): string {
  const { date, time } = timeParts(ms, zone);
  return date === timeParts(nowMs, zone).date ? time : date;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** The two largest units: `3 d 4 h`, `12 min 5 s`, `0 s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000));
  const first = UNITS.findIndex(([seconds]) => rest >= seconds);
  if (first === -1) return '0 s';
  const texts = UNITS.slice(first, first + 2).map(([seconds, name]) => {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    return count === 0 ? '' : `${count} ${name}`;
  });
  return texts.filter((text) => text !== '').join(' ');
}

/** Days of UTC: `day(t)` = floor(t / 86400) (PROTOCOL 2), and the tolerance at their borders (PROTOCOL 9). */

const DAY_S = 86_400;

/** The day that unix second `time` lies in. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_S);
}

/** Whether `recvMs` lies in `day`, stretched by `skewS` on both sides: the first instant is in, the last is out. */
export function isWithinDay(recvMs: bigint, day: number, skewS: number): boolean {
  const fromMs = 1000n * (BigInt(DAY_S) * BigInt(day) - BigInt(skewS));
  const toMs = 1000n * (BigInt(DAY_S) * BigInt(day + 1) + BigInt(skewS));
  return fromMs <= recvMs && recvMs < toMs;
}

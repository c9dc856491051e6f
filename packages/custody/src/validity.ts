/** Dates of certificates: from the first second on, up to but without the last (PROTOCOL 4), and their meaning for an hour or a day. */

const HOUR_S = 3600n;
const DAY_S = 86_400n;

/** Unix seconds: `from` is in, `to` is out. */
export interface Period {
  readonly from: bigint;
  readonly to: bigint;
}

export function isValidAt(period: Period, time: number | bigint): boolean {
  return period.from <= time && time < period.to;
}

/** Whether a second of the log hour lies in the period (PROTOCOL 11.3, step 4). */
export function isValidInHour({ from, to }: Period, hour: number): boolean {
  return from < HOUR_S * (BigInt(hour) + 1n) && to > HOUR_S * BigInt(hour);
}

/** Whether a second of the day lies in the period. */
export function isValidOnDay({ from, to }: Period, day: number): boolean {
  return from < DAY_S * (BigInt(day) + 1n) && to > DAY_S * BigInt(day);
}

/** A revocation counts for an hour that it was in force at the beginning of (PROTOCOL 11.3, step 4). */
export function isRevokedInHour(revokedFrom: bigint | null, hour: number): boolean {
  return revokedFrom !== null && revokedFrom <= HOUR_S * BigInt(hour);
}

/** A revocation counts for a day that it was in force at the beginning of; inside a day it is the reader's to keep (PROTOCOL 16). */
export function isRevokedOnDay(revokedFrom: bigint | null, day: number): boolean {
  return revokedFrom !== null && revokedFrom <= DAY_S * BigInt(day);
}

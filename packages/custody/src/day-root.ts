/** Day roots: the one-way chain from an epoch's custody root to the secret of each day (PROTOCOL 6). */
import { ensure } from '@countersign/bytes';
import { labelledExpand } from '@countersign/crypto';

/** Days that a chain may run past day_zero: a hundred years. */
export const DAYS_AFTER_ZERO_MAX = 36_525;

const NO_CONTEXT = new Uint8Array(0);

export interface DayRoot {
  readonly day: number;
  /** 32 secret bytes; the owner erases them when the day is over. */
  readonly root: Uint8Array;
}

/** The root of `day`; a day before `dayZero`, or beyond the longest chain, is `day.out_of_range`. */
export function deriveDayRoot(custodyRoot: Uint8Array, dayZero: number, day: number): DayRoot {
  return advanceDayRoot({ day: dayZero, root: custodyRoot }, dayZero, day);
}

/** The root of `day` from that of an earlier day; there is no way back, so an earlier `day` is `day.out_of_range`. */
export function advanceDayRoot(from: DayRoot, dayZero: number, day: number): DayRoot {
  const reachable = day >= from.day && from.day >= dayZero && day - dayZero <= DAYS_AFTER_ZERO_MAX;
  ensure(reachable, 'day.out_of_range'); // PROTOCOL 6
  let root = from.root;
  for (let d = from.day; d < day; d++) root = labelledExpand(root, 'AC1 day', NO_CONTEXT);
  return { day, root };
}

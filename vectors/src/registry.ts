/** Every op of PROTOCOL 17 by its name in a vector file. */
import { VectorsError } from './error.ts';
import type { Op, Ops } from './op.ts';
import { custodyMessagesOps } from './ops/custody-messages.ts';
import { orderOps } from './ops/custody-orders.ts';
import { thresholdOps } from './ops/threshold.ts';
import { tlogOps } from './ops/tlog.ts';

export const ac1Ops: Ops = mergeOps(thresholdOps, custodyMessagesOps, orderOps, tlogOps);

/** The ops of all areas. A name that two areas claim is `vectors.duplicate_op`: one of them would never run. */
export function mergeOps(...areas: readonly Ops[]): Ops {
  const merged: Record<string, Op> = {};
  for (const [name, op] of areas.flatMap((area) => Object.entries(area))) {
    if (Object.hasOwn(merged, name)) throw new VectorsError('vectors.duplicate_op', `two areas have an op ${name}`);
    merged[name] = op;
  }
  return merged;
}

/** The whole log, read and judged entry by entry, and what of it is overdue (PROTOCOL 11.1, 11.2). */
import { toHex } from '@countersign/bytes';
import { listOverdue } from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { type Cli, nowOf } from '../cli.ts';
import { withLogCopy } from '../network/log-copy.ts';
import type { LogOptions } from '../verbs/log.ts';
import { knownNetwork } from './known-network.ts';

/** Throws the code of whatever does not hold: signatures of the log and its witnesses, the root, the constitution. */
export async function verifyWholeLog(cli: Cli, options: LogOptions) {
  const network = await knownNetwork(options);
  return withLogCopy(cli, network, async (copy) => {
    const { size, root } = copy.freshCheckpoint();
    return {
      valid: true,
      origin: network.anchor.log.origin,
      entries: size,
      root: toHex(root),
      /** Entries that everybody treats as if they were not there. */
      disregarded: countDisregarded(copy),
      overdue: copy.directory.hasProfile ? listOverdue(copy.directory, nowOf(cli)).length : 0,
      pinned: network.pinned,
    };
  });
}

function countDisregarded({ directory, size }: LogMirror): number {
  let count = 0;
  for (let index = 0; index < size; index++) if (directory.entryAt(BigInt(index)) === null) count++;
  return count;
}

export async function listOverdueOrders(cli: Cli, options: LogOptions) {
  const network = await knownNetwork(options);
  return withLogCopy(cli, network, async ({ directory }) => ({
    overdue: listOverdue(directory, nowOf(cli)).map(({ code, handle, index, noticeBy, missing }) => ({
      code,
      order_id: toHex(handle),
      log_index: Number(index),
      notice_by: new Date(Number(noticeBy) * 1000).toISOString(),
      missing,
    })),
    pinned: network.pinned,
  }));
}

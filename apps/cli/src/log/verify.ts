/** The whole log, read and judged entry by entry, and what of it is overdue (PROTOCOL 11.1, 11.2). */
import { toHex } from '@countersign/bytes';
import { anchorPolicy } from '@countersign/service';
import { formatTilePath } from '@countersign/tlog';
import { verifyLog } from '@countersign/verify';
import { type Cli, nowOf } from '../cli.ts';
import { callService } from '../network/http.ts';
import type { LogOptions } from '../verbs/log.ts';
import { knownNetwork } from './known-network.ts';

const CALL_MAX_MS = 30_000;

/** Throws the code of whatever does not hold: signatures of the log and its witnesses, the root, the constitution. */
export async function verifyWholeLog(cli: Cli, options: LogOptions) {
  const { verified, pinned, origin } = await readLog(cli, options);
  return {
    valid: true,
    origin,
    entries: verified.size,
    root: toHex(verified.root),
    /** Entries that everybody treats as if they were not there. */
    disregarded: verified.absent.length,
    overdue: verified.overdue.length,
    pinned,
  };
}

export async function listOverdueOrders(cli: Cli, options: LogOptions) {
  const { verified, pinned } = await readLog(cli, options);
  return {
    overdue: verified.overdue.map(({ code, handle, index, noticeBy, missing }) => ({
      code,
      order_id: toHex(handle),
      log_index: Number(index),
      notice_by: new Date(Number(noticeBy) * 1000).toISOString(),
      missing,
    })),
    pinned,
  };
}

async function readLog(cli: Cli, options: LogOptions) {
  const { anchor, pinned } = await knownNetwork(options);
  const verified = await verifyLog({
    checkpoint: await fetchBytes(`${options.log}/checkpoint`),
    policy: anchorPolicy(anchor),
    readTile: (tile) => fetchBytes(`${options.log}/${formatTilePath(tile)}`),
    rootKey: anchor.rootKey,
    now: nowOf(cli),
  });
  return { verified, pinned, origin: anchor.log.origin };
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await callService(url, { signal: AbortSignal.timeout(CALL_MAX_MS) });
  return new Uint8Array(await response.arrayBuffer());
}

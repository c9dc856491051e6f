/** The work of `custodian approve` and `custodian refuse`. */

import { setTimeout as delay } from 'node:timers/promises';
import { toHex } from '@countersign/bytes';
import { AppError } from '@countersign/wire';
import type { Cli } from '../cli.ts';
import { UsageError } from '../failure.ts';
import { dataDir } from '../network/data-dir.ts';
import { fetchJson } from '../network/http.ts';
import { type CustodianKeys, type NetworkKeys, readKeys } from '../network/keys.ts';
import { readUrls } from '../network/operator.ts';
import { openSession } from '../network/session.ts';
import { readOrderFile } from '../order/file.ts';
import { readDecisions } from './status.ts';

/** A custodian knows an order once its copy of the log has it and its openings have arrived. */
const KNOWN_MAX_MS = 15_000;
const POLL_MS = 100;

export interface Decided {
  readonly orderId: string;
  readonly decisions: readonly { readonly custodian: number; readonly decision: string }[];
  /** How many more approvals the threshold needs. */
  readonly waiting: number;
}

export async function decide(
  cli: Cli,
  options: { readonly data: string; readonly custodian: readonly string[]; readonly order: string | undefined },
  decision: 'approve' | 'refuse',
): Promise<Decided> {
  if (options.order === undefined) throw new UsageError('name the order: an id, or the path of its file');
  const dir = dataDir(options.data);
  const keys = await readKeys(dir);
  const urls = await readUrls(dir, keys);
  const orderId = /^[0-9a-f]{32}$/.test(options.order)
    ? options.order
    : toHex((await readOrderFile(dir, options.order)).order.orderId);
  const chosen = chooseCustodians(keys, options.custodian);
  await Promise.all(chosen.map((custodian) => decideAs(cli, keys, custodian, urls.custodians, orderId, decision)));
  const decisions = await readDecisions(cli, dir, keys, orderId);
  const approved = decisions.filter(({ decision: made }) => made === 'approved').length;
  return {
    orderId,
    decisions: decisions.filter(({ custodian }) => chosen.some(({ index }) => index === custodian)),
    waiting: decision === 'approve' ? Math.max(0, keys.threshold - approved) : 0,
  };
}

async function decideAs(
  cli: Cli,
  keys: NetworkKeys,
  { index, human }: CustodianKeys,
  urls: readonly string[],
  orderId: string,
  decision: 'approve' | 'refuse',
): Promise<void> {
  const url = urls[index - 1] ?? '';
  const authorization = await openSession(cli, url, 'custodian', keys.networkId, human);
  const deadline = performance.now() + KNOWN_MAX_MS;
  for (;;) {
    try {
      await fetchJson(`${url}/v1/orders/${orderId}/decision`, { body: { decision }, authorization });
      return;
    } catch (error) {
      const isUnknown = error instanceof AppError && error.code === 'input.unknown_order';
      if (!isUnknown || performance.now() > deadline || cli.ending.aborted) throw error;
    }
    await delay(POLL_MS);
  }
}

/** By number, or all; a number that there is not is a matter of usage. */
export function chooseCustodians(keys: NetworkKeys, words: readonly string[]): readonly CustodianKeys[] {
  const numbers = words.flatMap((word) => word.split(','));
  if (numbers.includes('all')) return keys.custodians;
  return numbers.map((word) => {
    const found = keys.custodians.find(({ index }) => String(index) === word);
    if (found === undefined) throw new UsageError(`custodian ${word}: there are 1 to ${keys.custodians.length}`);
    return found;
  });
}

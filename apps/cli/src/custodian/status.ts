/** What custodians say of themselves, and to their humans of the orders before them. */
import type { Cli } from '../cli.ts';
import { type DataDir, dataDir } from '../network/data-dir.ts';
import { fetchJson } from '../network/http.ts';
import { type CustodianKeys, type NetworkKeys, readKeys } from '../network/keys.ts';
import { readUrls } from '../network/operator.ts';
import { openSession } from '../network/session.ts';
import { chooseCustodians } from './decide.ts';

/** As `GET /v1/orders` of a custodian lists it. */
export interface CustodianOrder {
  readonly order_id: string;
  readonly state: 'pending' | 'approved' | 'refused';
  /** Why the gate stays shut whatever the human says; null if it would open. */
  readonly refused_with: string | null;
  readonly summary: readonly string[];
}

export async function readStatus(cli: Cli, options: { readonly data: string; readonly custodian: readonly string[] }) {
  const dir = dataDir(options.data);
  const keys = await readKeys(dir);
  const { custodians: urls } = await readUrls(dir, keys);
  return Promise.all(
    chooseCustodians(keys, options.custodian).map(async (custodian) => {
      const url = urls[custodian.index - 1] ?? '';
      const status = await fetchJson<Readonly<Record<string, unknown>>>(`${url}/v1/status`);
      const orders = await ordersOf(cli, url, keys, custodian);
      return { ...status, custodian: custodian.index, name: custodian.name, orders };
    }),
  );
}

/** Each custodian's decision on one order; a custodian that cannot be reached is left out. */
export async function readDecisions(cli: Cli, dir: DataDir, keys: NetworkKeys, orderId: string) {
  const { custodians: urls } = await readUrls(dir, keys);
  const decisions = await Promise.all(
    keys.custodians.map(async (custodian) => {
      const orders = await ordersOf(cli, urls[custodian.index - 1] ?? '', keys, custodian).catch(() => []);
      const state = orders.find((order) => order.order_id === orderId)?.state;
      return state === undefined ? [] : [{ custodian: custodian.index, decision: state }];
    }),
  );
  return decisions.flat();
}

async function ordersOf(cli: Cli, url: string, keys: NetworkKeys, { human }: CustodianKeys): Promise<readonly CustodianOrder[]> {
  const authorization = await openSession(cli, url, 'custodian', keys.networkId, human);
  const { orders } = await fetchJson<{ orders: readonly CustodianOrder[] }>(`${url}/v1/orders`, { authorization });
  return orders;
}

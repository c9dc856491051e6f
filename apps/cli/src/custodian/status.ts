/** What custodians say of themselves and of the orders before their humans. */
import type { Cli } from '../cli.ts';
import { type DataDir, dataDir } from '../network/data-dir.ts';
import { fetchJson } from '../network/http.ts';
import { type CustodianKeys, type NetworkKeys, readKeys } from '../network/keys.ts';
import { readUrls } from '../network/operator.ts';
import { chooseCustodians } from './decide.ts';

/** As `GET /v1/orders` of a custodian lists it. */
export interface CustodianOrder {
  readonly order_id: string;
  readonly state: 'pending' | 'approved' | 'refused';
}

export async function readStatus(_cli: Cli, options: { readonly data: string; readonly custodian: readonly string[] }) {
  const dir = dataDir(options.data);
  const keys = await readKeys(dir);
  const { custodians: urls } = await readUrls(dir, keys);
  return Promise.all(
    chooseCustodians(keys, options.custodian).map(async ({ index, name }) => {
      const url = urls[index - 1] ?? '';
      const status = await fetchJson<Readonly<Record<string, unknown>>>(`${url}/v1/status`);
      return { ...status, index, name, orders: await ordersOf(url) };
    }),
  );
}

/** Each custodian's decision on one order; a custodian that cannot be reached is left out. */
export async function readDecisions(dir: DataDir, keys: NetworkKeys, orderId: string) {
  const { custodians: urls } = await readUrls(dir, keys);
  const decisions = await Promise.all(
    keys.custodians.map(async ({ index }: CustodianKeys) => {
      const orders = await ordersOf(urls[index - 1] ?? '').catch(() => null);
      const state = orders?.find((order) => order.order_id === orderId)?.state;
      return state === undefined ? [] : [{ custodian: index, decision: state }];
    }),
  );
  return decisions.flat();
}

async function ordersOf(url: string): Promise<readonly CustodianOrder[]> {
  const { orders } = await fetchJson<{ orders: readonly CustodianOrder[] }>(`${url}/v1/orders`);
  return orders;
}

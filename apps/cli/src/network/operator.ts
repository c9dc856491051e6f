/** Calls to the operator's side of delivery, with the token of this data directory (docs/network.md, delivery). */
import { join } from 'node:path';
import { CliError } from '../failure.ts';
import { type Urls, urlsOf } from './configs.ts';
import { type DataDir, readJson } from './data-dir.ts';
import { fetchJson } from './http.ts';
import type { NetworkKeys } from './keys.ts';
import { portsOf } from './ports.ts';

/** Addresses of the network in `dir`, whether it runs or not. */
export async function readUrls(dir: DataDir, keys: NetworkKeys): Promise<Urls> {
  const ports = (await readJson(join(dir.path, 'ports.json'))) as { readonly base: number } | null;
  if (ports === null) throw new CliError('data.no_network', `the network in ${dir.path} was never started`);
  return urlsOf(portsOf(ports.base, keys));
}

export async function operatorCall<T>(dir: DataDir, keys: NetworkKeys, path: string, body?: unknown): Promise<T> {
  const { deliveryPrivate } = await readUrls(dir, keys);
  return fetchJson<T>(`${deliveryPrivate}${path}`, { body, authorization: `Bearer ${keys.operatorToken}` });
}

/** Hands the openings of an order's entries to the gateways of its readers, each of which judges it by its own copy of the log. */
import { toHex } from '@countersign/bytes';
import type { Order } from '@countersign/custody';
import type { AppendedEntry } from '@countersign/service';
import type { DataDir } from '../network/data-dir.ts';
import { fetchJson } from '../network/http.ts';
import type { NetworkKeys } from '../network/keys.ts';
import { readUrls } from '../network/operator.ts';

/** Names of the gateways that took it. */
export async function handToGateways(
  dir: DataDir,
  keys: NetworkKeys,
  order: Order,
  entries: readonly AppendedEntry[],
): Promise<string[]> {
  const urls = await readUrls(dir, keys);
  const readers = new Set(order.readers.map(({ agencyId }) => toHex(agencyId)));
  const body = {
    openings: entries.map(({ index, salt, payload }) => ({
      index: Number(index),
      salt: toHex(salt),
      payload: toHex(payload),
    })),
  };
  const named = keys.gateways.flatMap(({ name, certs }, i) =>
    certs.some(({ agency }) => readers.has(agency)) ? [{ name, url: urls.gateways[i] ?? '' }] : [],
  );
  await Promise.all(named.map(({ url }) => fetchJson(`${url}/v1/orders`, { body })));
  return named.map(({ name }) => name);
}

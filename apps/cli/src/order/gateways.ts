/** Hands an order to the gateways of its readers, each of which judges it for itself (docs/network.md, review). */
import { encode, toHex } from '@countersign/bytes';
import { authorisationCodec, orderCodec } from '@countersign/custody';
import type { AppendedEntry } from '@countersign/service';
import type { DataDir } from '../network/data-dir.ts';
import { fetchJson } from '../network/http.ts';
import type { NetworkKeys } from '../network/keys.ts';
import { readUrls } from '../network/operator.ts';
import type { LoggedOrder, OrderFile } from './file.ts';

export async function handToGateways(
  dir: DataDir,
  keys: NetworkKeys,
  { order, authorisations, logged }: OrderFile & { readonly logged: LoggedOrder },
): Promise<string[]> {
  const urls = await readUrls(dir, keys);
  const readers = new Set(order.readers.map(({ agencyId }) => toHex(agencyId)));
  const body = {
    order: toHex(encode(orderCodec, order)),
    authorisations: authorisations.map((item) => toHex(encode(authorisationCodec, item))),
    entries: {
      order: shown(logged.order),
      summary: shown(logged.summary),
      authorisations: logged.authorisations.map(shown),
    },
  };
  const named = keys.gateways.flatMap(({ name, certs }, i) =>
    certs.some(({ agency }) => readers.has(agency)) ? [{ name, url: urls.gateways[i] ?? '' }] : [],
  );
  await Promise.all(named.map(({ url }) => fetchJson(`${url}/v1/orders`, { body })));
  return named.map(({ name }) => name);
}

function shown({ index, entry, salt, payload }: AppendedEntry) {
  return { index: Number(index), entry: toHex(entry), salt: toHex(salt), payload: toHex(payload) };
}

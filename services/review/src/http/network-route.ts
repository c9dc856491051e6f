/** GET /network.json: the network's id, and the names of agencies and purposes, which are public (PROTOCOL 4, annex). */
import { decode, toHex, toUtf8 } from '@countersign/bytes';
import { annexCodec, type NetworkId } from '@countersign/custody';
import type { FastifyInstance } from 'fastify';

export interface NetworkRouteParts {
  readonly networkId: NetworkId;
  /** Annex, as the configuration gives it. */
  readonly annex: Uint8Array;
}

export function addNetworkRoute(http: FastifyInstance, { networkId, annex }: NetworkRouteParts): void {
  const { agencies, purposes } = decode(annexCodec, annex);
  const facts = {
    network_id: toHex(networkId),
    agencies: agencies.map(({ agencyId, name, territory }) => ({
      agency_id: toHex(agencyId),
      name: toUtf8(name) ?? '',
      territory,
    })),
    purposes: purposes.map(({ purpose, name }) => ({ purpose, name: toUtf8(name) ?? '' })),
  };
  http.get('/network.json', async () => facts);
}

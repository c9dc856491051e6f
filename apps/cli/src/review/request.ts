/** Keys under a retrospective order: an officer signs the request, since a gateway may sign for live orders only (PROTOCOL 11.3). */
import { setTimeout as delay } from 'node:timers/promises';
import { encode, fromHex, toHex } from '@countersign/bytes';
import { createReleaseRequest, releaseRequestCodec } from '@countersign/custody';
import { type Cli, nowOf } from '../cli.ts';
import { callGateway, listOrders, type OfficersGateway } from './gateway.ts';

/** Custodians answer within seconds, or their humans have not approved the order. */
const RELEASE_MAX_MS = 20_000;
const POLL_MS = 100;

interface Eligible {
  readonly order_hash: string;
  readonly agency_id: string;
  readonly officer_id: string;
  readonly purpose: number;
  readonly grant_ids: readonly string[];
}

/** Asks for every scope that the order covers and that is not held, and waits for the keys; returns how many it asked for. */
export async function requestScopes(cli: Cli, gateway: OfficersGateway, orderId: string): Promise<number> {
  let asked = 0;
  for (;;) {
    const eligible = await callGateway<Eligible>(gateway, `/v1/orders/${orderId}/scopes`);
    if (eligible.grant_ids.length === 0) return asked;
    const request = createReleaseRequest(
      {
        requestId: cli.random(16),
        orderHash: fromHex(eligible.order_hash),
        agencyId: fromHex(eligible.agency_id),
        purpose: eligible.purpose,
        officerId: fromHex(eligible.officer_id),
        grantIds: eligible.grant_ids.map(fromHex),
        time: BigInt(nowOf(cli)),
      },
      fromHex(gateway.officer.seed),
    );
    const body = { request: toHex(encode(releaseRequestCodec, request)) };
    await callGateway(gateway, `/v1/orders/${orderId}/requests`, body);
    asked += eligible.grant_ids.length;
    if (!(await isReleased(cli, gateway, orderId, eligible.grant_ids.length))) return asked;
  }
}

/** Whether so many more keys came. */
async function isReleased(cli: Cli, gateway: OfficersGateway, orderId: string, count: number): Promise<boolean> {
  const held = async () => (await listOrders(gateway)).find(({ order_id }) => order_id === orderId)?.grants_held ?? 0;
  const before = await held();
  const deadline = performance.now() + RELEASE_MAX_MS;
  while (performance.now() < deadline && !cli.ending.aborted) {
    if ((await held()) >= before + count) return true;
    await delay(POLL_MS);
  }
  return false;
}

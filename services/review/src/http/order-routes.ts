/** The calls about orders: handing one in, seeing one's own, and asking for a retrospective one's keys (docs/network.md, review). */
import { decode, encode, equal, toHex } from '@countersign/bytes';
import { type Order, OrderMode, releaseRequestCodec } from '@countersign/custody';
import { AppError } from '@countersign/wire';
import type { FastifyInstance } from 'fastify';
import type { Archive } from '../archive/archive.ts';
import { type GivenOpening, OPENINGS_MAX } from '../orders/order-store.ts';
import type { Orders } from '../orders/orders.ts';
import type { ShowingOfficer } from '../reading/may-show.ts';
import type { OfficerSessions } from '../reading/sessions.ts';
import type { ReleaseDesk } from '../release/release-desk.ts';
import { GRANTS_PER_REQUEST_MAX } from '../release/requests.ts';
import { asObject, hexField, integerField, listField, type Query } from './input.ts';

const U64_MAX = 2n ** 63n - 1n;
const PAYLOAD_BYTES_MAX = 66_560;
const REQUEST_BYTES_MAX = 40_000;

export interface OrderRouteParts {
  readonly orders: Orders;
  readonly desk: ReleaseDesk;
  readonly archive: Archive;
  readonly sessions: OfficerSessions;
}

export function addOrderRoutes(http: FastifyInstance, { orders, desk, archive, sessions }: OrderRouteParts): void {
  http.post('/v1/orders', async (request) => {
    const openings = listField(asObject(request.body), 'openings', OPENINGS_MAX).map((item) => parseOpening(asObject(item)));
    const { orderId, state } = await orders.submit(openings);
    return { order_id: toHex(orderId), state: state.kind, ...(state.kind === 'in_force' ? {} : { code: state.code }) };
  });

  http.get('/v1/orders', async (request) => {
    const officer = sessions.officerOf(request.headers.authorization);
    const own = orders.list().flatMap((orderId) => ownOrder(orders, orderId, officer) ?? []);
    return { orders: await Promise.all(own.map((order) => describeOrder(order, officer, { orders, desk, archive }))) };
  });

  // What an officer's client signs a ReleaseRequest over (PROTOCOL 11.3): a gateway signs for live orders only.
  http.get<{ Params: Query; Querystring: Query }>('/v1/orders/:id/scopes', async (request) => {
    const officer = sessions.officerOf(request.headers.authorization);
    const orderId = hexField(request.params, 'id', 16);
    if (ownOrder(orders, orderId, officer) === null) throw new AppError('input.unknown_order');
    const { orderHash } = orders.inForce(orderId);
    const limit = Number(integerField(request.query, 'limit', BigInt(GRANTS_PER_REQUEST_MAX), BigInt(GRANTS_PER_REQUEST_MAX)));
    const { grantIds, purpose } = await desk.eligible(orderId, officer.agencyId, limit);
    return {
      order_hash: toHex(orderHash),
      agency_id: toHex(officer.agencyId),
      officer_id: toHex(officer.officerId),
      purpose,
      grant_ids: grantIds.map(toHex),
    };
  });

  http.post<{ Params: Query }>('/v1/orders/:id/requests', async (request) => {
    const officer = sessions.officerOf(request.headers.authorization);
    const orderId = hexField(request.params, 'id', 16);
    if (ownOrder(orders, orderId, officer) === null) throw new AppError('input.unknown_order');
    const signed = decode(releaseRequestCodec, hexField(asObject(request.body), 'request', { max: REQUEST_BYTES_MAX }));
    if (!equal(signed.officerId, officer.officerId)) throw new AppError('policy.forbidden');
    await desk.submit(orderId, signed);
    return {
      request_id: toHex(signed.requestId),
      grants: signed.grantIds.length,
      bytes: encode(releaseRequestCodec, signed).length,
    };
  });
}

function parseOpening(json: Query): GivenOpening {
  return {
    index: integerField(json, 'index', U64_MAX, U64_MAX),
    salt: hexField(json, 'salt', 32),
    payload: hexField(json, 'payload', { max: PAYLOAD_BYTES_MAX }),
  };
}

/** The order, if it names the officer's agency. */
function ownOrder(orders: Orders, orderId: Uint8Array, { agencyId }: ShowingOfficer): Order | null {
  const order = orders.orderOf(orderId);
  return order?.readers.some((reader) => equal(reader.agencyId, agencyId)) ? order : null;
}

async function describeOrder(
  order: Order,
  officer: ShowingOfficer,
  { orders, desk, archive }: Pick<OrderRouteParts, 'orders' | 'desk' | 'archive'>,
) {
  const state = orders.stateOf(order.orderId);
  const reader = order.readers.find(({ agencyId }) => equal(agencyId, officer.agencyId));
  return {
    order_id: toHex(order.orderId),
    reference: new TextDecoder().decode(order.legalReference),
    kind: order.kind,
    mode: order.mode === OrderMode.live ? 'live' : 'retrospective',
    state: state.kind,
    code: state.kind === 'in_force' ? null : state.code,
    agency: toHex(officer.agencyId),
    purposes: reader?.purposes ?? [],
    subjects: order.subjects.length,
    day_from: order.dayFrom,
    day_to: order.dayTo,
    not_before: Number(order.notBefore),
    expires: Number(order.expires),
    notify_by: Number(state.kind === 'in_force' ? state.found.notifyBy : order.notifyBy),
    max_grants: order.maxGrants,
    grants_held: (await archive.grantsOf(order.orderId)).length,
    grants_waiting: desk.waiting(order.orderId).later,
  };
}

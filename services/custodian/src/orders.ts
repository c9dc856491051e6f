/** The orders in the custodian's copy, each with what its human decided and whether the gate would open (PROTOCOL 10.2, 11.3 steps 2 to 4). */
import { type Ac1Code, Ac1Error, toHex } from '@countersign/bytes';
import {
  acceptedOrNull,
  type LogView,
  lapsedOrders,
  type OrderDossier,
  OrderKind,
  readDossier,
  refusalOf,
  verifyOrderCase,
} from '@countersign/custody';
import { AppError } from '@countersign/wire';
import type { Approvals, HumanDecision } from './approvals.ts';
import { describeOrder } from './order-summary.ts';

/** A page of GET /v1/orders. */
const PAGE_MAX = 200;
const ID_BYTES = 16;

export interface ShownOrder {
  readonly order_id: string;
  readonly order_hash: string;
  readonly log_index: number;
  readonly state: 'pending' | 'approved' | 'refused';
  /** Null when the gate would open now; else the code with which it stays shut, whatever the human says. */
  readonly refused_with: Ac1Code | null;
  /** Sentences in plain language. */
  readonly summary: readonly string[];
  readonly expires: number;
  readonly max_grants: number;
  /** Approved and valid authorisations; requests made so far. */
  readonly authorisations: number;
  readonly requests: number;
}

export interface OrderCounts {
  readonly pending: number;
  readonly approved: number;
  readonly refused: number;
}

/** The newest orders first, from before log index `before` on; those that cannot be opened are left out. */
export function listOrders(view: LogView, approvals: Approvals, now: number, before = Number.POSITIVE_INFINITY): ShownOrder[] {
  const shown: ShownOrder[] = [];
  for (const { index, entry } of [...view.orders()].reverse()) {
    if (Number(index) >= before) continue;
    if (shown.length === PAGE_MAX) break;
    const order = showOrder(view, approvals, entry.handle, Number(index), now);
    if (order !== null) shown.push(order);
  }
  return shown;
}

/** How many are in each state, of those that can be opened. */
export function countOrders(view: LogView, approvals: Approvals): OrderCounts {
  const counts = { pending: 0, approved: 0, refused: 0 };
  for (const { entry } of view.orders()) {
    const dossier = dossierOrCode(view, entry.handle);
    if (typeof dossier !== 'string') counts[stateOf(approvals.of(dossier.order.orderId, dossier.orderHash))] += 1;
  }
  return counts;
}

/** Takes the decision of the human on the order that the copy has under the id; `input.unknown_order` where it has none that it can open. */
export async function decideOrder(
  view: LogView,
  approvals: Approvals,
  orderId: Uint8Array,
  decision: HumanDecision,
  now: number,
): Promise<void> {
  const dossier = orderId.length === ID_BYTES ? dossierOrCode(view, orderId) : 'order.not_yet_valid';
  if (typeof dossier === 'string') throw new AppError('input.unknown_order');
  await approvals.decide({ orderId: dossier.order.orderId, orderHash: dossier.orderHash, decision, time: now });
}

function showOrder(view: LogView, approvals: Approvals, handle: Uint8Array, logIndex: number, now: number): ShownOrder | null {
  const dossier = dossierOrCode(view, handle);
  if (typeof dossier === 'string') return null;
  const { order, orderHash } = dossier;
  return {
    order_id: toHex(order.orderId),
    order_hash: toHex(orderHash),
    log_index: logIndex,
    state: stateOf(approvals.of(order.orderId, orderHash)),
    refused_with: judge(view, dossier, now),
    summary: describeOrder(
      order,
      acceptedOrNull(() => view.annex),
    ),
    expires: Number(order.expires),
    max_grants: order.maxGrants,
    authorisations: dossier.authorisations.length,
    requests: dossier.requests.length,
  };
}

function judge(view: LogView, dossier: OrderDossier, now: number): Ac1Code | null {
  const { networkId, limits, skewS } = view.profile;
  const lapsed = dossier.order.kind === OrderKind.emergency ? lapsedOrders(view, now) : [];
  return refusalOf(() =>
    verifyOrderCase({ ...dossier, lapsed }, { networkId, limits, skewS, annex: view.annex, officers: view.officers, now }),
  );
}

function dossierOrCode(view: LogView, handle: Uint8Array): OrderDossier | Ac1Code {
  try {
    return readDossier(view, handle);
  } catch (error) {
    if (error instanceof Ac1Error) return error.code;
    throw error;
  }
}

function stateOf(decision: HumanDecision | null): 'pending' | 'approved' | 'refused' {
  if (decision === null) return 'pending';
  return decision === 'approve' ? 'approved' : 'refused';
}

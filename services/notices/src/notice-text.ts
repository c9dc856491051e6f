/** The words of a notice: the authority, the reference, the days, the number of grants, and how to complain (PROTOCOL 12). */
import { toHex, toUtf8 } from '@countersign/bytes';
import { type Annex, type Order, OrderKind } from '@countersign/custody';

const KIND: Readonly<Record<OrderKind, string>> = {
  [OrderKind.warrant]: 'a warrant',
  [OrderKind.production]: 'a production order',
  [OrderKind.emergency]: 'an emergency order',
  [OrderKind.preservation]: 'a preservation order',
};

export interface NoticeFacts {
  readonly order: Order;
  readonly grants: number;
  readonly annex: Annex;
  readonly complaint: string;
}

/** Plain text; the same facts give the same text. */
export function formatNotice({ order, grants, annex, complaint }: NoticeFacts): string {
  const agencies = order.readers.map(({ agencyId, purposes }) => {
    const agency = annex.agencies.find((row) => toHex(row.agencyId) === toHex(agencyId));
    const named = purposes.map((purpose) =>
      toUtf8(annex.purposes.find((row) => row.purpose === purpose)?.name ?? new Uint8Array(0)),
    );
    return `${toUtf8(agency?.name ?? new Uint8Array(0)) || toHex(agencyId)} (${named.filter((name) => name !== '').join(', ')})`;
  });
  const reference = new TextDecoder().decode(order.legalReference);
  const lines = [
    `You were named in, or your messages were read under, ${KIND[order.kind]}.`,
    `Reference: ${reference}. Order: ${toHex(order.orderId)}.`,
    `Days of the messages: ${formatDay(order.dayFrom)} to ${formatDay(order.dayTo)} (UTC).`,
    ...(agencies.length === 0 ? [] : [`Who could read: ${agencies.join('; ')}.`]),
    `Keys that were asked for under the order: ${grants}. Each covers what one device sent in one conversation on one day.`,
    'The order, its approvals and every read are in the public log of this network.',
    complaint,
  ];
  return lines.join('\n');
}

function formatDay(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

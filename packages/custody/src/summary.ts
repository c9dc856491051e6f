/** OrderSummary: what the public learns of an order at its notice date, naming nobody (PROTOCOL 11.2). */
import { array, decode, encode, ensure, equal, type Infer, list, struct, uint32, uint64, version } from '@countersign/bytes';
import { objectHash } from './entry-body.ts';
import { agencyId, type Hash, hash, purpose } from './ids.ts';
import { agenciesOf, dataClassesCodec, legalReferenceCodec, type Order, orderHash, orderKindCodec } from './order.ts';
import { SubjectType } from './subject.ts';

const AGENCIES_MAX = 255;
const PURPOSES_MAX = 127;

export const orderSummaryCodec = struct({
  version,
  orderHash: hash,
  kind: orderKindCodec,
  legalReference: legalReferenceCodec,
  agencies: list(agencyId, 0, 16 * AGENCIES_MAX, { sorted: true }),
  /** Of all readers, each once. */
  purposes: list(purpose, 0, 2 * PURPOSES_MAX, { sorted: true }),
  /** How many of each SubjectType, 1 to 5. */
  subjects: array(uint32, 5),
  dataClasses: dataClassesCodec,
  dayFrom: uint32,
  dayTo: uint32,
  notBefore: uint64,
  expires: uint64,
  notifyBy: uint64,
  maxGrants: uint32,
});
export type OrderSummary = Infer<typeof orderSummaryCodec>;

/** The summary that belongs to `order`; an order with more agencies or purposes than one holds is `order.summary_mismatch`. */
export function deriveSummary(order: Order): OrderSummary {
  const purposes = [...new Set(order.readers.flatMap((reader) => reader.purposes))].sort((a, b) => a - b);
  ensure(order.readers.length <= AGENCIES_MAX && purposes.length <= PURPOSES_MAX, 'order.summary_mismatch');
  return {
    orderHash: orderHash(order),
    kind: order.kind,
    legalReference: order.legalReference,
    agencies: agenciesOf(order),
    purposes,
    subjects: Object.values(SubjectType).map((type) => order.subjects.filter((subject) => subject.type === type).length),
    dataClasses: order.dataClasses,
    dayFrom: order.dayFrom,
    dayTo: order.dayTo,
    notBefore: order.notBefore,
    expires: order.expires,
    notifyBy: order.notifyBy,
    maxGrants: order.maxGrants,
  };
}

/** The summary of `bytes`, proven to say what the order says; else `order.summary_mismatch`. */
export function verifySummary(bytes: Uint8Array, order: Order): OrderSummary {
  const summary = decode(orderSummaryCodec, bytes);
  ensure(equal(bytes, encode(orderSummaryCodec, deriveSummary(order))), 'order.summary_mismatch');
  return summary;
}

/** The same for a statement entry's body, H("AC1 object", OrderSummary): whoever holds the order needs no copy of the summary. */
export function verifySummaryHash(found: Hash, order: Order): Hash {
  ensure(equal(found, objectHash(orderSummaryCodec, deriveSummary(order))), 'order.summary_mismatch');
  return found;
}

/** Order: what an authority permits an agency to read, or to have kept (PROTOCOL 10.1). */
import {
  type Codec,
  decode,
  encode,
  ensure,
  enumeration,
  type Infer,
  list,
  opaque,
  refine,
  struct,
  toHex,
  uint8,
  uint32,
  uint64,
  version,
} from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { parsePoint65 } from '@countersign/threshold';
import { type AgencyId, accountId, agencyId, type Hash, hash, networkId, orderId, point65, purpose, territory } from './ids.ts';
import { requiredCodec } from './limits.ts';
import { subjectCodec } from './subject.ts';

/** Longer orders are refused before they are decoded: they could not be logged and opened. */
export const ORDER_MAX_BYTES = 60_000;

export const OrderKind = { warrant: 1, production: 2, emergency: 3, preservation: 4 } as const;
export type OrderKind = (typeof OrderKind)[keyof typeof OrderKind];
export const OrderMode = { retrospective: 1, live: 2 } as const;

/** Bits of `dataClasses`: who, when, where and sizes (IRI), and content (CC), which alone needs custodians. */
export const DataClass = { iri: 1, content: 2 } as const;

export const orderKindCodec = enumeration(1, [1, 2, 3, 4]);
/** A bit set without a bit, or with an unknown one, is `decode.enum`. */
export const dataClassesCodec = refine(uint8, (bits) => bits >= 1 && bits <= 3, 'decode.enum');
/** ASCII 0x20 to 0x7e, else `decode.value`. */
export const legalReferenceCodec = refine(opaque(1, 255), (text) => text.every((byte) => byte >= 0x20 && byte <= 0x7e));

/** All two-letter codes there could be. */
const territoriesCodec = list(territory, 0, 1352, { sorted: true });

const readingGrantCodec = struct({
  agencyId,
  readerHpkeKey: point65,
  purposes: list(purpose, 2, 254, { sorted: true }),
  excludedTerritories: territoriesCodec,
});
export type ReadingGrant = Infer<typeof readingGrantCodec>;

/** Sorted by agency, each agency once: two rows could name two keys. */
const readersCodec = refine(
  list(readingGrantCodec, 0, 65_535, { sorted: true }),
  (readers) => new Set(readers.map((reader) => toHex(reader.agencyId))).size === readers.length,
  'decode.order',
);

const fieldsCodec = struct({
  version,
  networkId,
  /** Random; the log handle of everything about the order. */
  orderId,
  kind: orderKindCodec,
  legalBasisHash: hash,
  legalReference: legalReferenceCodec,
  subjects: list(subjectCodec, 1, 65_535, { sorted: true }),
  excludedTerritories: territoriesCodec,
  excludedAccounts: list(accountId, 0, 65_520, { sorted: true }),
  dataClasses: dataClassesCodec,
  readers: readersCodec,
  mode: enumeration(1, [OrderMode.retrospective, OrderMode.live]),
  /** Days of the messages, both ends included. */
  dayFrom: uint32,
  dayTo: uint32,
  /** Unix seconds; in force at t with notBefore <= t < expires. */
  notBefore: uint64,
  expires: uint64,
  maxGrants: uint32,
  /** When the order's summary becomes public and the persons named are told. */
  notifyBy: uint64,
  /** 0 unless emergency. */
  reviewBy: uint64,
  required: requiredCodec,
});
export type Order = Infer<typeof fieldsCodec>;

/** The points are looked at last, in the order of the readers (PROTOCOL 3). */
export const orderCodec: Codec<Order> = {
  read(reader) {
    const order = fieldsCodec.read(reader);
    for (const { readerHpkeKey } of order.readers) parsePoint65(readerHpkeKey);
    return order;
  },
  write: fieldsCodec.write,
};

/** The order of `bytes`; above 60,000 bytes `order.too_large`, else the codes of PROTOCOL 3. */
export function decodeOrder(bytes: Uint8Array): Order {
  ensure(bytes.length <= ORDER_MAX_BYTES, 'order.too_large');
  return decode(orderCodec, bytes);
}

/** H("AC1 order", Order). */
export function orderHash(order: Order): Hash {
  return labelledHash('AC1 order', encode(orderCodec, order));
}

export function agenciesOf(order: Order): AgencyId[] {
  return order.readers.map((reader) => reader.agencyId);
}

/** Whether the order, or any of its readers, leaves out a territory: then the whereabouts of devices must be known. */
export function hasExcludedTerritories(order: Order): boolean {
  return order.excludedTerritories.length > 0 || order.readers.some((reader) => reader.excludedTerritories.length > 0);
}

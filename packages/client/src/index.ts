/** Layer 3: the headless messenger engine. `Client` is what applications build on; `./node` has the ports of a device with Node. */
export { Client, type ClientOptions, type MessageQuery, type Sent } from './client.ts';
export type { Draft } from './drafts.ts';
export type { Fetch } from './engine/blobs.ts';
export type { ClientEvent, Events } from './engine/events.ts';
export type { Readers } from './engine/readers.ts';
export { SendError } from './engine/until-sent.ts';
export { type EnrolOptions, type Invitation, inspectVoucher, type ServiceOptions } from './enrolment.ts';
export type { OwnDevice, Voucher, VoucherWish } from './own-account.ts';
export { type Clock, createClock } from './port/clock.ts';
export type { Row, ScanOptions, Store, Write } from './port/store.ts';
export type { Link, LinkEvents, Transport } from './port/transport.ts';
export { createWebTransport, type WebSocketLike } from './port/web-transport.ts';
export type { ConnectionState } from './session/connection.ts';
export { MemoryStore } from './store/memory-store.ts';
export type {
  ConversationRecord,
  ConversationStatus,
  MemberRecord,
  MessageBody,
  MessageRecord,
  MessageState,
  UnreadableReason,
} from './store/tables.ts';

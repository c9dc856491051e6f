/** What the page may ask of the engine in the worker, and what it is told: plain values only, keys never cross. */

/** Hex ids throughout. `locked`: there is a store, and its passphrase is asked for. */
export type StartState = 'empty' | 'locked';

export interface CustodianView {
  readonly index: number;
  readonly name: string;
  /** Its signature key, hex. */
  readonly key: string;
}

/** Who together can read: `threshold` of the custodians. */
export interface CustodyView {
  readonly threshold: number;
  readonly custodians: readonly CustodianView[];
  readonly keyId: string;
}

/** What a voucher leads into; nothing has been agreed to yet. */
export interface Offer {
  /** The text that is consented to, word by word. */
  readonly statement: string;
  /** The same facts to look at; null where the service did not give them. */
  readonly custody: CustodyView | null;
  readonly networkId: string;
  readonly vouchersNeeded: number;
  /** The voucher adds a device to its maker's account. */
  readonly ownDevice: boolean;
}

export interface Enrolment {
  readonly vouchers: readonly string[];
  readonly handle: string;
  /** The statement as it was shown; the consent is signed over its hash. */
  readonly statement: string;
  /** Encrypts what this device stores. */
  readonly passphrase: string;
}

export interface Me {
  readonly handle: string;
  readonly account: string;
  readonly device: string;
}

export interface MemberView {
  readonly account: string;
  readonly handle: string;
  readonly devices: number;
  readonly isMe: boolean;
}

export type ConversationStatus = 'creating' | 'active' | 'resync' | 'stopped' | 'left';

export interface ConversationView {
  readonly id: string;
  readonly kind: 'direct' | 'group';
  readonly title: string;
  readonly status: ConversationStatus;
  readonly members: readonly MemberView[];
  readonly unread: number;
  /** The newest row as one line; empty when there is none. */
  readonly preview: string;
  readonly lastMs: number;
  /** Disappearing messages, in seconds; 0: off. */
  readonly expireS: number;
}

export type MessageState = 'queued' | 'sent' | 'failed' | 'received' | 'refused' | 'unreadable' | 'unsupported' | 'gap';
export type UnreadableReason = 'waiting' | 'before_joined' | 'not_member' | 'damaged';

export type BodyView =
  | { readonly kind: 'text'; readonly text: string; readonly replyTo: string | null }
  | { readonly kind: 'attachment'; readonly name: string; readonly size: number; readonly caption: string }
  | { readonly kind: 'notice'; readonly text: string; readonly orderId: string; readonly due: number }
  | { readonly kind: 'event'; readonly text: string }
  | { readonly kind: 'gap'; readonly missing: number };

export interface MessageView {
  /** The place in the conversation, ascending; also its key. */
  readonly order: string;
  readonly id: string;
  readonly conversation: string;
  readonly state: MessageState;
  readonly own: boolean;
  /** Of the sender; empty for gaps and for what was not opened. */
  readonly from: string;
  readonly sentMs: number;
  /** Null for refused and unreadable messages: their content is never shown. */
  readonly body: BodyView | null;
  readonly code: string | null;
  readonly reason: UnreadableReason | null;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly reactions: readonly string[];
  /** Members whose device has confirmed it. */
  readonly delivered: number;
  readonly read: number;
}

export interface MessagePage {
  /** Ascending. */
  readonly messages: readonly MessageView[];
  /** Whether older ones are stored. */
  readonly more: boolean;
}

export interface VoucherView {
  readonly id: string;
  /** The text of one made just now; the service keeps only a hash. */
  readonly voucher: string;
  readonly expires: number;
  readonly redeemedBy: string;
  readonly forOwnDevice: boolean;
}

export interface DeviceView {
  readonly id: string;
  readonly isThis: boolean;
  readonly revoked: boolean;
  /** Unix seconds; 0: never. */
  readonly lastSeen: number;
  /** When its certificate ends, unix seconds. */
  readonly notAfter: number;
}

export interface Readers {
  readonly members: readonly MemberView[];
  /** Null while the network's custody key is not proven. */
  readonly custody: CustodyView | null;
}

export interface EngineApi {
  start(): Promise<StartState>;
  inspect(vouchers: readonly string[]): Promise<Offer>;
  enrol(enrolment: Enrolment): Promise<void>;
  /** `empty`: the store opens but enrolment was never finished. Throws `store.locked_out` for another passphrase. */
  unlock(passphrase: string): Promise<'open' | 'empty'>;
  /** Deletes everything that this device stores. */
  erase(): Promise<void>;
  me(): Promise<Me>;
  conversations(): Promise<readonly ConversationView[]>;
  /** At most `limit` rows before `before`, or the newest for null. */
  messages(conversation: string, before: string | null, limit: number): Promise<MessagePage>;
  send(conversation: string, text: string, replyTo: string | null): Promise<void>;
  retry(messageId: string): Promise<void>;
  /** What stands up to here was on screen. */
  markRead(conversation: string): Promise<void>;
  /** The id of the direct conversation with that member, made when there is none. */
  startDirect(handle: string): Promise<string>;
  createGroup(name: string, handles: readonly string[]): Promise<string>;
  addMembers(conversation: string, handles: readonly string[]): Promise<void>;
  leave(conversation: string): Promise<void>;
  readers(conversation: string | null): Promise<Readers>;
  createVoucher(forOwnDevice: boolean): Promise<VoucherView>;
  vouchers(): Promise<readonly VoucherView[]>;
  devices(): Promise<readonly DeviceView[]>;
  revokeDevice(id: string): Promise<void>;
}

export type ConnectionState = 'offline' | 'connecting' | 'syncing' | 'online';

export type EngineEvent =
  /** Rows that are new or changed, as they were stored. */
  | { readonly type: 'messages'; readonly messages: readonly MessageView[] }
  | { readonly type: 'conversation'; readonly conversation: ConversationView }
  | { readonly type: 'connection'; readonly state: ConnectionState; readonly code: string | null }
  /** Something came over the line. */
  | { readonly type: 'heard'; readonly ms: number }
  /** Other custodians or another key (PROTOCOL 4: to be shown). */
  | { readonly type: 'custody' }
  | { readonly type: 'typing'; readonly conversation: string; readonly handle: string }
  | { readonly type: 'revoked' }
  | { readonly type: 'fault'; readonly code: string };

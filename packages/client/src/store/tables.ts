/** What a device stores, table by table. Ids and account names are hex; `order` numbers the rows of all conversations as they came. */
import type { Attachment, ChainState } from '@countersign/custody';

export const TABLES = {
  /** `device`, `network`, `cursor`, `floor`, `order`, `report`. */
  meta: 'meta',
  conversation: 'conversation',
  /** By conversation and order. */
  message: 'message',
  /** msg_id -> where it stands. */
  messageId: 'message_id',
  outbox: 'outbox',
  /** Received but not yet opened, by conversation and order. */
  held: 'held',
  /** By grant_id. */
  scope: 'scope',
  chain: 'chain',
  /** Day roots by conversation, epoch and custody key. */
  root: 'root',
  keyPackage: 'key_package',
  account: 'account',
  report: 'report',
  /** Rows that disappear, by time: a name of each. */
  expiry: 'expiry',
  /** Own Commits under way, by conversation. */
  pending: 'pending',
  /** Attachments that wait for their upload, sealed. */
  blob: 'blob',
} as const;

/** Who this device is; its keys never leave it. */
export interface DeviceRecord {
  readonly url: string;
  readonly accountId: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly handle: string;
  readonly mlsSeed: Uint8Array;
  readonly envSeed: Uint8Array;
  /** DeviceCert. */
  readonly cert: Uint8Array;
  readonly anchor: AnchorRecord;
}

/** The trust anchor: what the network is called and whose word counts (docs/network.md). */
export interface AnchorRecord {
  readonly networkId: Uint8Array;
  readonly rootKey: Uint8Array;
  readonly logOrigin: string;
  readonly logKey: Uint8Array;
}

export interface MemberRecord {
  readonly account: string;
  readonly device: string;
  readonly leaf: number;
}

export type ConversationStatus =
  /** Made here, not yet taken by the relay. */
  | 'creating'
  | 'active'
  /** The device's state no longer follows the group: it rejoins when it is online. */
  | 'resync'
  /** The logged roster differs from the device's own state: nothing is sent (PROTOCOL 4). */
  | 'stopped'
  /** This device is no member any more. */
  | 'left';

export interface ConversationRecord {
  readonly id: string;
  readonly kind: 'direct' | 'group';
  readonly status: ConversationStatus;
  /** GroupInfo, while creating. */
  readonly groupInfo: Uint8Array | null;
  /** Accounts to add once it exists, while creating. */
  readonly invited: readonly string[];
  readonly epoch: bigint;
  readonly epochSinceMs: number;
  readonly members: readonly MemberRecord[];
  readonly name: string | null;
  readonly picture: Uint8Array | null;
  readonly admins: readonly string[];
  /** The list was guessed at joining: the first one that a member sends replaces it. */
  readonly adminsGuessed: boolean;
  readonly expireS: number;
  /** The epoch whose logged roster was found equal to the own state. */
  readonly rosterEpoch: bigint | null;
  readonly sending: SendingScope | null;
  /** When this device last renewed its keys. */
  readonly updatedMs: number;
  /** The member asked to leave. */
  readonly leaving: boolean;
}

/** The scope that this device sends in, and where its chain stands at the relay. */
export interface SendingScope {
  readonly grantId: Uint8Array;
  readonly epoch: bigint;
  readonly day: number;
  readonly custodyKeyId: Uint8Array;
  readonly chain: ChainState;
}

/** Why a message cannot be opened (yet). */
export type UnreadableReason =
  /** Its epoch is still to come. */
  'waiting' | 'before_joined' | 'not_member' | 'damaged';

export type MessageState =
  /** Own: waits for the relay. */
  | 'queued'
  | 'sent'
  | 'failed'
  | 'received'
  /** Failed a check; its content is not kept (PROTOCOL 9). */
  | 'refused'
  | 'unreadable'
  /** Of a content type that this version does not know. */
  | 'unsupported'
  /** In place of messages that never arrived. */
  | 'gap';

/** One row of a conversation. */
export interface MessageRecord {
  readonly id: string;
  readonly conversation: string;
  readonly order: string;
  readonly state: MessageState;
  /** Null for gaps, and for what was not opened. */
  readonly account: string | null;
  readonly device: string | null;
  readonly own: boolean;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly body: MessageBody | null;
  /** Of refused and failed ones. */
  readonly code: string | null;
  readonly reason: UnreadableReason | null;
  /** When it disappears here; null: stays. */
  readonly expiresMs: number | null;
  readonly edited: boolean;
  readonly deleted: boolean;
  /** By account. */
  readonly reactions: Readonly<Record<string, string>>;
  /** By account: 1 delivered, 2 read. */
  readonly receipts: Readonly<Record<string, number>>;
}

export type MessageBody =
  | { readonly kind: 'text'; readonly text: string; readonly replyTo: string | null }
  | { readonly kind: 'attachment'; readonly attachment: Attachment }
  | { readonly kind: 'timer'; readonly seconds: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'picture' }
  | { readonly kind: 'admins'; readonly accounts: readonly string[] }
  | { readonly kind: 'members'; readonly added: readonly string[]; readonly removed: readonly string[] }
  | { readonly kind: 'notice'; readonly text: string; readonly orderId: string; readonly due: number }
  | { readonly kind: 'gap'; readonly missing: number };

export interface OutboxRecord {
  readonly conversation: string;
  readonly msgId: Uint8Array;
  /** Encoded Content: the envelope is made when it is sent, since day and epoch bind it. */
  readonly content: Uint8Array;
  readonly sentMs: number;
  readonly sealed: SealedRecord | null;
  /** A blob in `blob` under the msg_id that must be with the relay before. */
  readonly hasBlob: boolean;
  readonly attempts: number;
  /** Set when it was given up; the member may try again. */
  readonly failed: string | null;
}

/** An envelope on its way: sent again byte by byte until the relay answers. */
export interface SealedRecord {
  readonly delivery: Uint8Array;
  readonly grant: Uint8Array;
  readonly envHash: Uint8Array;
  readonly scope: SendingScope;
}

/** A message that waits for its epoch or its predecessor. */
export interface HeldRecord {
  readonly grantId: string;
  readonly seq: number;
  readonly delivery: Uint8Array;
  readonly stamp: Uint8Array;
  readonly batch: BatchRecord | null;
  /** What MLS gave, once: message keys are used up by opening. */
  readonly mls: OpenedMls | null;
  readonly sinceMs: number;
}

export interface OpenedMls {
  readonly payload: Uint8Array;
  readonly authenticatedData: Uint8Array;
  /** DeviceCert of the sender's leaf. */
  readonly identity: Uint8Array;
  readonly leaf: number;
  readonly epoch: bigint;
}

export interface BatchRecord {
  readonly entry: Uint8Array;
  readonly salt: Uint8Array;
  readonly payload: Uint8Array;
  readonly leafIndex: number;
  readonly path: readonly Uint8Array[];
}

/** What is known of another device's scope. */
export interface ScopeRecord {
  readonly grant: Uint8Array;
  readonly day: number;
  /** Null once the day is over, or when the grant was refused. */
  readonly K: Uint8Array | null;
  readonly envSigKey: Uint8Array | null;
  readonly refused: string | null;
  /** Unix milliseconds by which the grant must be proven to be logged; null: it is. */
  readonly dueMs: number | null;
}

export interface PendingRecord {
  /** The devices that its Welcome is for. */
  readonly welcomeDeviceIds: readonly Uint8Array[];
}

export interface ReportRecord {
  readonly report: Uint8Array;
  /** The log entry and its salt, once made: sent again as they are. */
  readonly entry: Uint8Array | null;
  readonly salt: Uint8Array | null;
}

export interface AccountRecord {
  readonly account: string;
  readonly handle: string;
}

/** Decimal, so that keys sort as numbers. */
export function orderKey(order: number): string {
  return String(order).padStart(15, '0');
}

export function epochKey(epoch: bigint): string {
  return epoch.toString().padStart(20, '0');
}

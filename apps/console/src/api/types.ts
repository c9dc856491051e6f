/** What the review gateway answers (docs/network.md, review): ids and byte strings in hex, times in the unit of their name. */

export interface ShownMessage {
  readonly message_id: string;
  /** Of the content: text, reply, edit, delete, reaction, ... */
  readonly kind: string;
  readonly text: string;
  /** The sender's handle by the operator's directory. */
  readonly from: string;
  readonly account_id: string;
  readonly device_id: string;
  readonly conversation: string;
  readonly sent_ms: number;
  readonly received_ms: number;
  readonly order_id: string;
  readonly agency: string;
  readonly purpose: number;
  readonly grant_id: string;
  readonly seq: number;
  readonly cursor: string;
  /** What a reply, reaction, edit or delete is about. */
  readonly about?: string;
}

export interface OrderView {
  readonly order_id: string;
  readonly reference: string;
  /** 1 warrant, 2 production, 3 emergency, 4 preservation (PROTOCOL 10). */
  readonly kind: number;
  readonly mode: 'live' | 'retrospective';
  /** `in_force`, or why it is not. */
  readonly state: string;
  readonly code: string | null;
  readonly agency: string;
  readonly purposes: readonly number[];
  readonly subjects: number;
  /** Days since 1970. */
  readonly day_from: number;
  readonly day_to: number;
  /** Unix seconds. */
  readonly not_before: number;
  readonly expires: number;
  readonly notify_by: number;
  readonly max_grants: number;
  readonly grants_held: number;
  readonly grants_waiting: number;
}

export interface MessagePage {
  readonly messages: readonly ShownMessage[];
  /** Continues behind the page; null when there is no more. */
  readonly before_ms: number | null;
}

export interface NetworkFacts {
  readonly network_id: string;
  readonly agencies: readonly { readonly agency_id: string; readonly name: string; readonly territory: string }[];
  readonly purposes: readonly { readonly purpose: number; readonly name: string }[];
}

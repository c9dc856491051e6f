/** What a member wants to say, in the words of an interface, and the Content that it becomes (PROTOCOL 15). */
import { fromHex, fromUtf8 } from '@countersign/bytes';
import { type Content, ContentType, GroupChangeKind, type Notice, ReceiptKind } from '@countersign/custody';
import { encodeAdmins } from './engine/apply-content.ts';
import type { ConversationRecord } from './store/tables.ts';

/** Message ids and accounts are hex. */
export type Draft =
  | { readonly kind: 'text'; readonly text: string; readonly replyTo?: string }
  /** An empty emoji takes the reaction back. */
  | { readonly kind: 'reaction'; readonly to: string; readonly emoji: string }
  | { readonly kind: 'edit'; readonly target: string; readonly text: string }
  | { readonly kind: 'delete'; readonly target: string }
  | { readonly kind: 'receipt'; readonly ids: readonly string[]; readonly read: boolean }
  /** Messages disappear after so many seconds; 0: they stay. */
  | { readonly kind: 'timer'; readonly seconds: number }
  | { readonly kind: 'name'; readonly name: string }
  /** At most 1,024 bytes. */
  | { readonly kind: 'picture'; readonly picture: Uint8Array }
  | { readonly kind: 'admins'; readonly accounts: readonly string[] }
  /** Of the notice service. */
  | { readonly kind: 'notice'; readonly notice: Notice; readonly text: string };

/** A timer in force goes with every content; a notice stays, whatever the members agreed. */
export function contentOf(draft: Draft, { expireS }: Pick<ConversationRecord, 'expireS'>): Content {
  switch (draft.kind) {
    case 'text':
      return draft.replyTo === undefined
        ? { type: ContentType.text, expireS, body: draft.text }
        : { type: ContentType.reply, expireS, to: fromHex(draft.replyTo), body: draft.text };
    case 'reaction':
      return { type: ContentType.reaction, expireS, to: fromHex(draft.to), emoji: draft.emoji };
    case 'edit':
      return { type: ContentType.edit, expireS, target: fromHex(draft.target), body: draft.text };
    case 'delete':
      return { type: ContentType.delete, expireS, target: fromHex(draft.target) };
    case 'receipt': {
      const kind = draft.read ? ReceiptKind.read : ReceiptKind.delivered;
      return { type: ContentType.receipt, expireS, kind, ids: draft.ids.map(fromHex) };
    }
    case 'timer':
      return { type: ContentType.timer, expireS: 0, seconds: draft.seconds };
    case 'name':
      return {
        type: ContentType.groupChange,
        expireS: 0,
        kind: GroupChangeKind.name,
        value: fromUtf8(draft.name.normalize('NFC')),
      };
    case 'picture':
      return { type: ContentType.groupChange, expireS: 0, kind: GroupChangeKind.picture, value: draft.picture };
    case 'admins':
      return { type: ContentType.groupChange, expireS: 0, kind: GroupChangeKind.admins, value: encodeAdmins(draft.accounts) };
    case 'notice':
      return { type: ContentType.notice, expireS: 0, notice: draft.notice, text: draft.text };
  }
}

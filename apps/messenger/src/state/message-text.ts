/** What stands in place of a message that is not shown, and beside one that is: honest and never the content. */
import { errorText } from '@countersign/ui/text';
import type { MessageView, UnreadableReason } from '../engine/api.ts';

const UNREADABLE: Readonly<Record<UnreadableReason, string>> = {
  waiting: 'This message waits for a key that is still on its way.',
  before_joined: 'This message was sent before this device joined.',
  not_member: 'This device was not a member when this message was sent.',
  damaged: 'This message is damaged and cannot be opened.',
};

export interface Replacement {
  readonly title: string;
  readonly detail: string;
}

/** Null when the message itself is shown. */
export function replacementOf({ state, code, reason, body, deleted }: MessageView): Replacement | null {
  if (state === 'refused') {
    const detail = code === null ? '' : errorText(code).title;
    return { title: 'A message was refused and is not shown.', detail };
  }
  if (state === 'unreadable') return { title: UNREADABLE[reason ?? 'damaged'], detail: '' };
  if (state === 'unsupported') return { title: 'This version does not know this kind of message.', detail: 'Update to see it.' };
  if (state === 'gap') {
    const missing = body?.kind === 'gap' ? body.missing : 1;
    return {
      title: missing === 1 ? 'One message never arrived here.' : `${missing} messages never arrived here.`,
      detail: 'The sender’s numbering shows that something is missing.',
    };
  }
  return deleted ? { title: 'Deleted by the sender.', detail: 'The custody copy is not affected.' } : null;
}

/** The mark of an own message. `Sent` means: on disk at the service and in custody. */
export function deliveryMark({ state, delivered, read }: MessageView): string {
  if (state === 'queued') return 'Waiting to be sent';
  if (state === 'failed') return 'Not sent';
  if (read > 0) return `Read by ${read}`;
  return delivered > 0 ? `Delivered to ${delivered}` : 'Sent';
}

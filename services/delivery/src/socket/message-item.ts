/** A message as its recipients get it, made from what was just accepted, without a look into the database. */
import { create } from '@bufbuild/protobuf';
import type { AppendedEntry } from '@countersign/service';
import { deliveryFrames as frames } from '@countersign/wire';
import type { AcceptedMessage } from '../messages/batch-commit.ts';
import { splitPath } from '../messages/batch-tree.ts';
import { joinDelivery } from '../messages/prepare.ts';

export function messageItem(accepted: AcceptedMessage, batch: AppendedEntry, sequence: bigint): frames.MailboxItem {
  const { message, position, stamp, path } = accepted;
  const { index: logIndex, entry, salt, payload } = batch;
  const value = create(frames.MessageItemSchema, {
    delivery: joinDelivery(message.envelopeBytes, message.mlsMessage),
    stamp,
    batch: { logIndex, entry, salt, payload, leafIndex: position, path: splitPath(path) },
  });
  return create(frames.MailboxItemSchema, { sequence, item: { case: 'message', value } });
}

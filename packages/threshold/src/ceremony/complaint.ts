/** Complaint: a custodian names the party because of whom a ceremony was aborted (PROTOCOL 11.2 and 13). The log entry carries its signature. */
import { type Infer, struct, uint8, uint16 } from '@countersign/bytes';
import { hash } from '../wire.ts';

/** A Round1 that fails its checks, or a transcript that gives no key. */
export const REASON_ROUND1 = 1;
/** A Round2 that does not open, or a share that is not on the committed polynomial. Only the receiver can see which. */
export const REASON_SHARE = 2;
/** Two different messages where one belongs. */
export const REASON_EQUIVOCATION = 3;

export const complaintCodec = struct({
  ctx: hash,
  /** The complaining member, or the old holder when it is no member. */
  from: uint8,
  /** The author at fault; 0 when the fault is in no single message. */
  against: uint8,
  reason: uint16,
});
export type Complaint = Infer<typeof complaintCodec>;

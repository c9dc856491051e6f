/** Receipt: a reader states that it holds a key, and from which custodians (PROTOCOL 12). */
import { ensure, type Infer, list, struct, uint8, uint64, version } from '@countersign/bytes';
import { agencyId, hash, type SigKey, sig } from './ids.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const receiptCodec = struct({
  version,
  orderHash: hash,
  grantId: hash,
  agencyId,
  /** Of the custodians whose shares were combined. */
  indices: list(uint8, 2, 31),
  kCommit: hash,
  time: uint64,
  sig,
});
export type Receipt = Infer<typeof receiptCodec>;

/** Signed by a reader of the agency. */
export function createReceipt(body: Omit<Receipt, 'sig'>, readerSeed: Uint8Array): Receipt {
  return createSigned(receiptCodec, 'AC1 receipt', body, readerSeed);
}

/** The receipt, proven to be signed by `readerKey`; else `object.signature_invalid`. */
export function verifyReceipt(receipt: Receipt, readerKey: SigKey): Receipt {
  ensure(isSignedBy(receiptCodec, 'AC1 receipt', receipt, readerKey), 'object.signature_invalid');
  return receipt;
}

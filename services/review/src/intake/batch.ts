/** A batch of the custody stream, held against its entry in the own copy of the log (PROTOCOL 9.4; contracts/custody_stream.proto). */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import {
  EntryType,
  envelopeBatchCodec,
  type Hash,
  type ParsedEnvelope,
  parseEnvelope,
  type RelayStamp,
  relayStampCodec,
  type SigKey,
  verifyBatchList,
  verifySecret,
  verifyStampSignature,
} from '@countersign/custody';
import type { custodyFrames } from '@countersign/wire';
import type { TypedView } from '../orders/order-book.ts';

export interface ReceivedEnvelope {
  readonly parsed: ParsedEnvelope;
  readonly stamp: RelayStamp;
  readonly envelopeBytes: Uint8Array;
  readonly stampBytes: Uint8Array;
}

export interface VerifiedBatch {
  readonly batch: bigint;
  readonly logIndex: bigint;
  readonly listed: number;
  readonly envelopes: readonly ReceivedEnvelope[];
  /** Listed in the log, and withheld from us: `reader.gap`. */
  readonly missing: readonly Hash[];
  readonly salt: Uint8Array;
  /** In stamp order. */
  readonly envHashes: readonly Hash[];
}

/** What is judged by: the copy reaches `log_index`, and `entryBytes` are its bytes there. */
export interface BatchContext {
  readonly view: TypedView;
  readonly entryBytes: Uint8Array;
}

/** Throws the code of the first check that fails: the relay, or who speaks in its name, deviates. */
export function verifyBatch(shown: custodyFrames.Batch, { view, entryBytes }: BatchContext): VerifiedBatch {
  ensure(equal(shown.entry, entryBytes), 'log.not_included');
  const entry = view.entryAt(shown.logIndex);
  ensure(entry !== null && entry.type === EntryType.envelopeBatch, 'log.type_mismatch');
  const batch = decode(envelopeBatchCodec, verifySecret(entry, { salt: shown.salt, payload: shown.payload }));
  ensure(batch.batch === shown.batch, 'log.promise_broken');
  verifyBatchList(batch, shown.envHashes);
  const listed = new Set(shown.envHashes.map(toHex));
  const received = new Set<string>();
  const envelopes = shown.envelopes.map(({ envelope, stamp }) => {
    const one = verifyStamped(envelope, stamp, batch.batch, view.relayKeys);
    const key = toHex(one.parsed.envHash);
    ensure(listed.has(key) && !received.has(key), 'log.promise_broken');
    received.add(key);
    return one;
  });
  const missing = shown.envHashes.filter((hash) => !received.has(toHex(hash)));
  const { logIndex, salt, envHashes } = shown;
  return { batch: batch.batch, logIndex, listed: batch.count, envelopes, missing, salt, envHashes };
}

/** The stamp is a relay's, of this envelope, and promised this batch; the day rule is judged with the grant, which names the day. */
function verifyStamped(
  envelopeBytes: Uint8Array,
  stampBytes: Uint8Array,
  batch: bigint,
  relayKeys: readonly SigKey[],
): ReceivedEnvelope {
  const parsed = parseEnvelope(envelopeBytes);
  const stamp = verifyStampSignature(decode(relayStampCodec, stampBytes), relayKeys);
  ensure(equal(stamp.envHash, parsed.envHash), 'relay.stamp_invalid');
  ensure(stamp.batch === batch, 'log.promise_broken');
  return { parsed, stamp, envelopeBytes, stampBytes };
}

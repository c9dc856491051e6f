/** RelayStamp: the relay's word on when it took an envelope and which batch of the log will list it (PROTOCOL 9). */
import { decode, ensure, equal, type Infer, struct, uint64, version } from '@countersign/bytes';
import { isWithinDay } from './day.ts';
import { type Hash, hash, type SigKey, sig } from './ids.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const relayStampCodec = struct({ version, envHash: hash, recvMs: uint64, batch: uint64, sig });
export type RelayStamp = Infer<typeof relayStampCodec>;

export function createRelayStamp(body: Omit<RelayStamp, 'sig'>, relaySeed: Uint8Array): RelayStamp {
  return createSigned(relayStampCodec, 'AC1 relay stamp', body, relaySeed);
}

export interface StampExpectations {
  /** The profile's. */
  readonly relayKeys: readonly SigKey[];
  readonly envHash: Hash;
  /** scope.day of the envelope's grant. */
  readonly day: number;
  readonly skewS: number;
}

/** The stamp, proven to be a relay's, of this envelope, and within the day that K is for; else `relay.stamp_invalid`. */
export function verifyRelayStamp(bytes: Uint8Array, expected: StampExpectations): RelayStamp {
  const stamp = verifyStampSignature(decode(relayStampCodec, bytes), expected.relayKeys);
  ensure(equal(stamp.envHash, expected.envHash), 'relay.stamp_invalid');
  // Or a sender and a relay could put a message under the key of a day that an order covers, or does not.
  ensure(isWithinDay(stamp.recvMs, expected.day, expected.skewS), 'relay.stamp_invalid');
  return stamp;
}

/** The stamp, proven to be signed by one of the relay keys; else `relay.stamp_invalid`. */
export function verifyStampSignature(stamp: RelayStamp, relayKeys: readonly SigKey[]): RelayStamp {
  const signed = relayKeys.some((key) => isSignedBy(relayStampCodec, 'AC1 relay stamp', stamp, key));
  ensure(signed, 'relay.stamp_invalid');
  return stamp;
}

/** ReadEvent: what an officer was shown, found, took out or had destroyed, logged before it happens (PROTOCOL 12). */
import { encode, ensure, enumeration, equal, type Infer, isZero, list, struct, uint64, version } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { agencyId, type Hash, hash, msgId, officerId, purpose, type SigKey, sig } from './ids.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const ReadAction = { display: 1, search: 2, export: 3, destroy: 4 } as const;

export const readEventCodec = struct({
  version,
  orderHash: hash,
  grantId: hash,
  agencyId,
  officerId,
  purpose,
  action: enumeration(1, [1, 2, 3, 4]),
  msgIds: list(msgId, 0, 64_000),
  /** SHA-256 of the same reader's last event under the order; zeros first. */
  prevEvent: hash,
  time: uint64,
  sig,
});
export type ReadEvent = Infer<typeof readEventCodec>;

/** Signed by a reader of the agency. */
export function createReadEvent(body: Omit<ReadEvent, 'sig'>, readerSeed: Uint8Array): ReadEvent {
  return createSigned(readEventCodec, 'AC1 read event', body, readerSeed);
}

/** The event, proven to be signed by `readerKey`; else `object.signature_invalid`. */
export function verifyReadEvent(event: ReadEvent, readerKey: SigKey): ReadEvent {
  ensure(isSignedBy(readEventCodec, 'AC1 read event', event, readerKey), 'object.signature_invalid');
  return event;
}

/** SHA-256(ReadEvent): the prev_event of the next one. */
export function readEventHash(event: ReadEvent): Hash {
  return crypto.sha256(encode(readEventCodec, event));
}

/** `evidence.invalid` unless the events of one reader under one order, in log order, are a chain from the first. */
export function verifyReadEventChain(events: readonly ReadEvent[]): void {
  events.forEach((event, i) => {
    const before = events[i - 1];
    const isNext = before === undefined ? isZero(event.prevEvent) : equal(event.prevEvent, readEventHash(before));
    ensure(isNext, 'evidence.invalid');
  });
}

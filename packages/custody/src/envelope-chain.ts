/** The public half of Open: signature, replay, and the chain of a grant, which relay, recipient and reader check alike (PROTOCOL 9). */
import { ensure, equal } from '@countersign/bytes';
import { isLabelledSignature } from '@countersign/crypto';
import type { ParsedEnvelope } from './envelope.ts';
import type { Hash, MsgId, SigKey } from './ids.ts';

/** Where the chain of one grant stands. */
export interface ChainState {
  /** 0 before the first envelope. */
  readonly lastSeq: number;
  /** env_hash of the last envelope; zeros before the first. */
  readonly lastHash: Hash;
}

/** The chain of a grant without envelopes. */
export const CHAIN_START: ChainState = { lastSeq: 0, lastHash: new Uint8Array(32) };

export interface ChainExpectations {
  readonly chain: ChainState;
  /** Whether the network has seen the id, under any grant. */
  readonly isSeen: (id: MsgId) => boolean;
}

/** Signed by the grant's device, else `envelope.signature_invalid`. */
export function verifyEnvelopeSignature(envelope: ParsedEnvelope, envSigKey: SigKey): void {
  const signed = isLabelledSignature(envSigKey, 'AC1 envelope sig', envelope.envHash, envelope.sig);
  ensure(signed, 'envelope.signature_invalid');
}

/** Neither replayed nor out of its place; returns the chain's state after the envelope. */
export function verifyEnvelopeChain({ hdr, envHash }: ParsedEnvelope, expected: ChainExpectations): ChainState {
  ensure(!expected.isSeen(hdr.msgId), 'envelope.replayed');
  ensure(hdr.seq === expected.chain.lastSeq + 1, 'envelope.seq_invalid');
  ensure(equal(hdr.prev, expected.chain.lastHash), 'envelope.prev_mismatch');
  return { lastSeq: hdr.seq, lastHash: envHash };
}

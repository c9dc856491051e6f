/** The public half of Open over the stored envelopes of a grant: signature, stamp, replay and place in the chain (PROTOCOL 9.2, steps 2 to 7). */
import { type Ac1Code, Ac1Error, ensure, equal } from '@countersign/bytes';
import {
  type ChainState,
  type Hash,
  type MsgId,
  type NetworkProfile,
  type ParsedEnvelope,
  parseEnvelope,
  refusalOf,
  type SigKey,
  type VerifiedGrant,
  verifyEnvelopeChain,
  verifyEnvelopeSignature,
  verifyRelayStamp,
} from '@countersign/custody';

export interface StoredEnvelope {
  readonly envHash: Hash;
  readonly envelope: Uint8Array;
  readonly stamp: Uint8Array;
}

export interface WalkContext {
  readonly grant: VerifiedGrant;
  readonly relayKeys: readonly SigKey[];
  readonly profile: Pick<NetworkProfile, 'skewS'>;
  /** Whether the network accepted another envelope with the id before. */
  readonly isSeen: (id: MsgId) => boolean;
}

export interface Walked {
  /** Where the chain stands now. */
  readonly chain: ChainState;
  /** Proven, in order. */
  readonly sound: readonly ParsedEnvelope[];
  readonly faults: readonly { readonly envHash: Hash; readonly code: Ac1Code }[];
  /** Envelopes before which one or more of the chain are missing: `reader.gap`. */
  readonly gaps: readonly Hash[];
}

/** Goes on from `chain` with further envelopes, by ascending seq. A hole is reported, and the chain goes on behind it. */
export function walkChain(chain: ChainState, envelopes: readonly StoredEnvelope[], context: WalkContext): Walked {
  const sound: ParsedEnvelope[] = [];
  const faults: { envHash: Hash; code: Ac1Code }[] = [];
  const gaps: Hash[] = [];
  let at = chain;
  for (const stored of envelopes) {
    const { envHash } = stored;
    const parsed = parseEnvelope(stored.envelope);
    const isBehindHole = parsed.hdr.seq > at.lastSeq + 1;
    const from = isBehindHole ? { lastSeq: parsed.hdr.seq - 1, lastHash: parsed.hdr.prev } : at;
    const code = refusalOf(() => {
      verifyOne(parsed, stored, context);
      verifyEnvelopeChain(parsed, { chain: from, isSeen: context.isSeen });
    });
    if (code !== null) {
      faults.push({ envHash, code });
      continue;
    }
    if (isBehindHole) gaps.push(envHash);
    at = { lastSeq: parsed.hdr.seq, lastHash: envHash };
    sound.push(parsed);
  }
  return { chain: at, sound, faults, gaps };
}

function verifyOne(parsed: ParsedEnvelope, { envHash, stamp }: StoredEnvelope, { grant, relayKeys, profile }: WalkContext): void {
  ensure(equal(parsed.hdr.grantId, grant.grantId), 'envelope.grant_mismatch');
  if (!equal(parsed.envHash, envHash)) throw new Ac1Error('internal.unknown');
  verifyEnvelopeSignature(parsed, grant.envSigKey);
  verifyRelayStamp(stamp, { relayKeys, envHash, day: grant.scope.day, skewS: profile.skewS });
}

/** EvidenceParts: everything that an evidence file holds, as bytes (PROTOCOL 14; docs/evidence.md). */
import type { SigKey } from '@countersign/custody';

/** A log entry with what opens it and what proves that it was logged. */
export interface EvidenceEntry {
  readonly index: bigint;
  readonly entry: Uint8Array;
  /** Null for an entry of form 0, and for one of form 1 that stays shut: it fills its place in its actor's chain. */
  readonly secret: { readonly salt: Uint8Array; readonly payload: Uint8Array } | null;
  /** A tlog-proof file (C2SP tlog-proof v1). */
  readonly proof: Uint8Array;
}

/** One custodian's release for one grant, and the share that the reader found in it. */
export interface EvidenceRelease {
  readonly release: Uint8Array;
  readonly share: Uint8Array;
}

/** A message as custody had it, and when the relay took it. */
export interface EvidenceEnvelope {
  readonly envelope: Uint8Array;
  readonly stamp: Uint8Array;
}

/** What is left of a message that is not handed out: enough for its place in the chain, nothing of its content. */
export interface WithheldEnvelope {
  /** The 94 bytes of the header. */
  readonly hdr: Uint8Array;
  readonly kc: Uint8Array;
  readonly ctHash: Uint8Array;
  readonly wrapHash: Uint8Array;
  readonly sig: Uint8Array;
}

export interface EvidenceParts {
  readonly rootKey: SigKey;
  /** EvidenceManifest, encoded. */
  readonly manifest: Uint8Array;
  readonly annex: Uint8Array;
  /**
   * All profiles, the custody keys, certificates and revocations of everybody named, the territories of the devices where an order
   * excludes some, every entry with the order's handle up to the last one used, and the rosters, grants and batches of the messages.
   */
  readonly entries: readonly EvidenceEntry[];
  /** The struct behind a type 12 entry. */
  readonly rosters: readonly { readonly index: bigint; readonly roster: Uint8Array }[];
  /** The env_hash values behind a type 13 entry, in stamp order. */
  readonly batches: readonly { readonly index: bigint; readonly envHashes: readonly Uint8Array[] }[];
  readonly releases: readonly EvidenceRelease[];
  readonly envelopes: readonly EvidenceEnvelope[];
  readonly withheld: readonly WithheldEnvelope[];
}

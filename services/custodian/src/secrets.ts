/** What the vault holds: the agent's own keys, its shares, and a ceremony under way (PROTOCOL 13). */
import type { Random } from '@countersign/crypto';
import type { Hash, Point65 } from '@countersign/custody';
import { type CeremonyState, deriveKeyPair } from '@countersign/threshold';

const SEED_BYTES = 32;
const IKM_BYTES = 32;

/** A share of one generation of a custody key. */
export interface HeldShare {
  readonly custodyKeyId: Hash;
  readonly shareGen: number;
  /** In that generation. */
  readonly index: number;
  readonly x: Uint8Array;
  /** The encoded CustodyKey that names it. */
  readonly custodyKey: Uint8Array;
}

/** What a step was asked and answered: the same question again gets the same answer. */
export interface AnsweredStep {
  /** SHA-256 of the question. */
  readonly question: Uint8Array;
  readonly answer: unknown;
  /** Bodies of type 3 entries that belong to the answer, until they are appended. */
  readonly unpublished: readonly Uint8Array[];
}

export interface CeremonyUnderWay {
  readonly ceremonyId: Uint8Array;
  /** Made for this ceremony and destroyed at its end. */
  readonly secretKey: Uint8Array;
  readonly publicKey: Point65;
  /** CeremonyOpen, encoded; like the state, null before it. */
  readonly open: Uint8Array | null;
  readonly state: CeremonyState | null;
  /** The key to hand on, encoded; null in a DKG. */
  readonly oldCustodyKey: Uint8Array | null;
  /** The CustodyKey that was signed, its signatures blank; null before. */
  readonly signed: Uint8Array | null;
  readonly steps: Readonly<Record<string, AnsweredStep>>;
}

/** A KeyDestroyed statement of the agent; `isLogged` once it was appended. */
export interface DestroyedShare {
  readonly statement: Uint8Array;
  readonly isLogged: boolean;
}

export interface CustodianSecrets {
  /** Ed25519 private key of sig_key. */
  readonly sigSeed: Uint8Array;
  /** Of hpke_key, to which openings are sealed. */
  readonly hpkeSecret: Uint8Array;
  readonly hpkeKey: Point65;
  readonly shares: readonly HeldShare[];
  readonly destroyed: readonly DestroyedShare[];
  readonly ceremony: CeremonyUnderWay | null;
  /** The last ceremony that came to its end. */
  readonly finished: { readonly ceremonyId: Uint8Array; readonly question: Uint8Array; readonly answer: unknown } | null;
}

export function createSecrets(random: Random): CustodianSecrets {
  const { secretKey, publicKey } = deriveKeyPair(random(IKM_BYTES));
  return {
    sigSeed: random(SEED_BYTES),
    hpkeSecret: secretKey,
    hpkeKey: publicKey,
    shares: [],
    destroyed: [],
    ceremony: null,
    finished: null,
  };
}

/** The newest generation of the share of a custody key, or null. */
export function shareOf(secrets: CustodianSecrets, custodyKeyId: Uint8Array): HeldShare | null {
  const held = secrets.shares.filter((share) => Buffer.compare(share.custodyKeyId, custodyKeyId) === 0);
  return held.reduce<HeldShare | null>(
    (newest, share) => (newest === null || share.shareGen > newest.shareGen ? share : newest),
    null,
  );
}

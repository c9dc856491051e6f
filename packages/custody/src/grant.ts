/** Grant: the key of one scope, encapsulated to custody and bound to its scope by a proof (PROTOCOL 7). */
import { decode, encode, ensure, equal, type Infer, struct, version } from '@countersign/bytes';
import { isLabelledSignature, labelledHash, labelledSign } from '@countersign/crypto';
import { createScopeProof, parseScopeProof, scopeProofCodec, verifyScopeProof } from '@countersign/threshold';
import type { CustodyKeyRef } from './custody-key.ts';
import { deriveScope } from './derive.ts';
import { type Hash, hash, type NetworkId, point65, type SigKey, sig } from './ids.ts';
import { type Scope, scopeCodec } from './scope.ts';

/** The message of the proof. */
export const grantHeadCodec = struct({ version, scope: scopeCodec, enc: point65, kCommit: hash });
export type GrantHead = Infer<typeof grantHeadCodec>;

export const grantCodec = struct({ head: grantHeadCodec, proof: scopeProofCodec, sig });
export type Grant = Infer<typeof grantCodec>;

/** What the grant's signer knows alone: with it, a scope's messages are sealed. */
export interface CreatedGrant {
  readonly grant: Grant;
  readonly grantId: Hash;
  /** The scope's key, secret. */
  readonly K: Uint8Array;
}

export interface GrantSecrets {
  /** Root of the scope's day. */
  readonly dayRoot: Uint8Array;
  /** The device's env_sig_key, as an Ed25519 private key. */
  readonly envSigSeed: Uint8Array;
}

/** The one grant of `scope`, sealed to Y; the same inputs give the same bytes. */
export function createGrant(scope: Scope, Y: Uint8Array, secrets: GrantSecrets): CreatedGrant {
  const keys = deriveScope(secrets.dayRoot, scope, Y);
  const head: GrantHead = { scope, enc: keys.enc, kCommit: keys.kCommit };
  const proof = createScopeProof(keys.e, encode(grantHeadCodec, head));
  const id = grantId({ head, proof });
  const signature = labelledSign(secrets.envSigSeed, 'AC1 grant sig', id);
  return { grant: { head, proof, sig: signature }, grantId: id, K: keys.K };
}

/** H("AC1 grant", head || proof). */
export function grantId({ head, proof }: Pick<Grant, 'head' | 'proof'>): Hash {
  return labelledHash('AC1 grant', encode(grantHeadCodec, head), encode(scopeProofCodec, proof));
}

export interface GrantExpectations {
  readonly networkId: NetworkId;
  /** The profile's. */
  readonly custodyKeys: readonly CustodyKeyRef[];
  /** env_sig_key of the scope's device by its certificate; null if it has none, which counts as a wrong signature. */
  readonly envSigKeyOf: (scope: Scope) => SigKey | null;
}

declare const verified: unique symbol;
/** A grant that passed VerifyGrant; nothing else makes one. */
export interface VerifiedGrant {
  readonly [verified]: true;
  readonly grant: Grant;
  readonly grantId: Hash;
  readonly scope: Scope;
  readonly custodyKey: CustodyKeyRef;
  readonly envSigKey: SigKey;
}

/** VerifyGrant (PROTOCOL 7), which relay, custodian, recipient and auditor run alike: the first fault in the stated order wins. */
export function verifyGrant(bytes: Uint8Array, expected: GrantExpectations): VerifiedGrant {
  const grant = decode(grantCodec, bytes);
  const { head, proof } = grant;
  const { scope } = head;
  ensure(equal(scope.networkId, expected.networkId), 'grant.network_mismatch');
  const custodyKey = expected.custodyKeys.find((ref) => equal(ref.custodyKeyId, scope.custodyKeyId));
  ensure(custodyKey !== undefined, 'grant.custody_key_unknown');
  ensure(custodyKey.fromDay <= scope.day && scope.day <= custodyKey.toDay, 'grant.custody_key_day');
  const unverified = parseScopeProof(head.enc, proof); // enc, ubar, c, z
  const id = grantId(grant);
  const envSigKey = expected.envSigKeyOf(scope);
  ensure(envSigKey !== null && isLabelledSignature(envSigKey, 'AC1 grant sig', id, grant.sig), 'grant.signature_invalid');
  // Without the proof, a submitter could put a victim's enc under a scope that an order covers, and obtain the victim's K.
  verifyScopeProof(encode(grantHeadCodec, head), unverified);
  return { grant, grantId: id, scope, custodyKey, envSigKey } as unknown as VerifiedGrant;
}

/**
 * What a recipient checks besides VerifyGrant: that custody can recover exactly the key that the group derives. Returns K, which the
 * caller keeps per scope; a difference is `grant.enc_mismatch` or `grant.commit_mismatch`.
 */
export function verifyGrantAsRecipient({ grant, custodyKey }: VerifiedGrant, dayRoot: Uint8Array): Uint8Array {
  const keys = deriveScope(dayRoot, grant.head.scope, custodyKey.Y);
  ensure(equal(keys.enc, grant.head.enc), 'grant.enc_mismatch');
  ensure(equal(keys.kCommit, grant.head.kCommit), 'grant.commit_mismatch');
  return keys.K;
}

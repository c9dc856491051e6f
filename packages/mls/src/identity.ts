/** Who stands behind a leaf (PROTOCOL 5): credential `basic`, identity = DeviceCert bytes, which are opaque to this package. */
import { equal } from '@countersign/bytes';
import type { AuthenticationService, LeafNode } from 'ts-mls';
import { ensureMls, MlsError } from './error.ts';
import { isUsableHpkeKey } from './hpke.ts';
import { IDENTITY_BYTES_MAX } from './limits.ts';
import { SUITE_NAME } from './suite.ts';

/** Handed in by the caller, who knows certificates. */
export interface IdentityRules {
  /**
   * Whether `identity` is a DeviceCert that is valid now (signature, dates, logged, not revoked) and whose mls_sig_key is
   * `signatureKey`. False or an exception refuse the credential.
   */
  authenticate(identity: Uint8Array, signatureKey: Uint8Array): boolean | Promise<boolean>;
  /** The names in a DeviceCert; throws when it is none. */
  parseIdentity(identity: Uint8Array): { readonly deviceId: Uint8Array };
}

/** The identity of a leaf of this profile; another kind of credential is `credential_refused`. */
export function identityOf(leaf: LeafNode): Uint8Array {
  ensureMls(leaf.credential.credentialType === 'basic', 'credential_refused');
  return leaf.credential.identity;
}

/** Throws `credential_refused` unless the rules accept the leaf's credential. */
export async function authenticateLeaf(leaf: LeafNode, rules: IdentityRules): Promise<void> {
  await authenticate(identityOf(leaf), leaf.signaturePublicKey, rules);
}

async function authenticate(identity: Uint8Array, signatureKey: Uint8Array, rules: IdentityRules): Promise<void> {
  let accepted: boolean;
  try {
    accepted = await rules.authenticate(identity, signatureKey);
  } catch (cause) {
    throw new MlsError('credential_refused', { cause });
  }
  ensureMls(accepted, 'credential_refused');
}

/** The same rules as ts-mls asks for them; the code of a refusal survives its error handling. */
export function authenticationService(rules: IdentityRules): AuthenticationService {
  return {
    async validateCredential(credential, signatureKey) {
      ensureMls(credential.credentialType === 'basic', 'credential_refused');
      await authenticate(credential.identity, signatureKey, rules);
      return true;
    },
  };
}

/** A leaf may renew its certificate, but device and key are fixed (PROTOCOL 4), else `identity_mismatch`. */
export function ensureSameDevice(before: LeafNode, after: LeafNode, rules: IdentityRules): void {
  ensureMls(equal(before.signaturePublicKey, after.signaturePublicKey), 'identity_mismatch');
  ensureMls(equal(deviceIdOf(before, rules), deviceIdOf(after, rules)), 'identity_mismatch');
}

function deviceIdOf(leaf: LeafNode, rules: IdentityRules): Uint8Array {
  try {
    return rules.parseIdentity(identityOf(leaf)).deviceId;
  } catch (cause) {
    throw new MlsError('credential_refused', { cause });
  }
}

/**
 * The form of a leaf in this profile, before any signature is looked at. A leaf that others cannot encrypt to, or whose
 * capabilities lack our credential, would block every later Commit or join.
 */
export function ensureLeafForm(leaf: LeafNode): void {
  ensureMls(identityOf(leaf).length <= IDENTITY_BYTES_MAX, 'too_large');
  ensureMls(leaf.extensions.length === 0, 'proposal_forbidden');
  ensureMls(leaf.capabilities.credentials.includes('basic'), 'credential_refused');
  ensureMls(leaf.capabilities.versions.includes('mls10') && leaf.capabilities.ciphersuites.includes(SUITE_NAME), 'malformed');
  ensureMls(leaf.signaturePublicKey.length === 32 && isUsableHpkeKey(leaf.hpkePublicKey), 'malformed');
}

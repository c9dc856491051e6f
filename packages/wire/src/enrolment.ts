/** What a device signs when it enrols (docs/network.md, delivery): its consent to custody, and that it holds both of its keys. */
import { concat, fromUtf8, labelBytes } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';

/** The device that enrols, before it has a certificate. */
export interface EnrollingDevice {
  readonly networkId: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly mlsSigKey: Uint8Array;
  readonly envSigKey: Uint8Array;
}

/** SHA-256 of the custody statement's UTF-8 text, as it was shown. */
export function custodyStatementHash(statement: string): Uint8Array {
  return crypto.sha256(fromUtf8(statement));
}

/** `signature` of a consent, by the device's env_sig_key; `envSeed` is its private key. */
export function createConsent(device: EnrollingDevice, statementHash: Uint8Array, envSeed: Uint8Array): Uint8Array {
  return crypto.ed25519Sign(envSeed, consentMessage(device, statementHash));
}

export function isConsent(device: EnrollingDevice, statementHash: Uint8Array, signature: Uint8Array): boolean {
  return crypto.ed25519Verify(device.envSigKey, consentMessage(device, statementHash), signature);
}

/** `proof_of_possession`, by the device's mls_sig_key: nobody gets another's key certified as his own. */
export function createPossessionProof(device: EnrollingDevice, mlsSeed: Uint8Array): Uint8Array {
  return crypto.ed25519Sign(mlsSeed, possessionMessage(device));
}

export function isPossessionProof(device: EnrollingDevice, signature: Uint8Array): boolean {
  return crypto.ed25519Verify(device.mlsSigKey, possessionMessage(device), signature);
}

function consentMessage(device: EnrollingDevice, statementHash: Uint8Array): Uint8Array {
  return concat(labelBytes('countersign consent'), identityOf(device), statementHash);
}

function possessionMessage(device: EnrollingDevice): Uint8Array {
  return concat(labelBytes('countersign possession'), identityOf(device));
}

function identityOf({ networkId, deviceId, mlsSigKey, envSigKey }: EnrollingDevice): Uint8Array {
  return concat(networkId, deviceId, mlsSigKey, envSigKey);
}

/** A software passkey: what an authenticator and a browser do when an officer signs an order (WebAuthn ES256). */
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { concat, fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { type Assertion, type Authorisation, authorisationChallenge, type Decided, type Passkey } from '../src/index.ts';
import { bytesOf } from './court.ts';

const secret = bytesOf('passkey');
const publicKey = crypto.p256PublicKey(secret);

export const passkey: Passkey = {
  pub: publicKey,
  rpId: fromUtf8('court.example'),
  origin: fromUtf8('https://court.example'),
  aaguid: bytesOf('aaguid', 16),
};

const UP_UV = 0x05;

export interface AssertionChanges {
  readonly rpId?: string;
  readonly flags?: number;
  /** What follows the counter in authenticator data. */
  readonly rest?: Uint8Array;
  readonly clientData?: Readonly<Record<string, unknown>>;
}

function assert(challenge: Uint8Array, changes: AssertionChanges = {}): Assertion {
  const rpIdHash = createHash('sha256')
    .update(changes.rpId ?? 'court.example')
    .digest();
  const authenticatorData = concat(
    rpIdHash,
    Uint8Array.of(changes.flags ?? UP_UV, 0, 0, 0, 7),
    changes.rest ?? new Uint8Array(0),
  );
  const clientData = {
    type: 'webauthn.get',
    challenge: Buffer.from(challenge).toString('base64url'),
    origin: 'https://court.example',
    crossOrigin: false,
    ...changes.clientData,
  };
  const clientDataJson = fromUtf8(JSON.stringify(clientData));
  const signed = concat(authenticatorData, crypto.sha256(clientDataJson));
  return { authenticatorData, clientDataJson, sig: Uint8Array.from(sign('sha256', signed, privateKey())) };
}

export function signWithPasskey(decided: Decided, changes: AssertionChanges = {}): Authorisation {
  return { ...decided, alg: 2, signature: assert(authorisationChallenge(decided), changes) };
}

function privateKey() {
  const coordinate = (from: number) => Buffer.from(publicKey.subarray(from, from + 32)).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33), d: Buffer.from(secret).toString('base64url') };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

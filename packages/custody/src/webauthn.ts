/** A passkey's assertion (WebAuthn ES256) as a signature over an authorisation (PROTOCOL 10.1, WebAuthn section 7.2). */
import { concat, equal, type Infer, opaque, struct, toUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import type { Passkey } from './officer-cert.ts';

/** Both halves of what the authenticator signed are kept: a court can check them years later. */
export const assertionCodec = struct({
  authenticatorData: opaque(37, 65_535),
  clientDataJson: opaque(1, 65_535),
  /** ECDSA in DER. */
  sig: opaque(1, 255),
});
export type Assertion = Infer<typeof assertionCodec>;

/** Flags of authenticator data (WebAuthn section 6.1). */
const Flag = { userPresent: 0x01, userVerified: 0x04, attestedCredential: 0x40, extensions: 0x80 } as const;

const RP_ID_HASH_BYTES = 32;
const FLAGS_OFFSET = 32;
/** rp_id hash, flags, counter. */
const FIXED_BYTES = 37;
const AAGUID_BYTES = 16;

/** Whether the passkey's holder, seen and verified by the authenticator, signed `challenge` on the page of the passkey's origin. */
export function isAssertionOf(passkey: Passkey, challenge: Uint8Array, assertion: Assertion): boolean {
  const { authenticatorData, clientDataJson, sig } = assertion;
  return (
    isAuthenticatorDataOf(passkey, authenticatorData) &&
    isClientDataOf(passkey, challenge, clientDataJson) &&
    crypto.p256EcdsaVerify(passkey.pub, concat(authenticatorData, crypto.sha256(clientDataJson)), sig)
  );
}

function isAuthenticatorDataOf(passkey: Passkey, data: Uint8Array): boolean {
  if (!equal(data.subarray(0, RP_ID_HASH_BYTES), crypto.sha256(passkey.rpId))) return false;
  const flags = data[FLAGS_OFFSET] as number;
  if ((flags & Flag.userPresent) === 0 || (flags & Flag.userVerified) === 0) return false;
  // An assertion seldom repeats the authenticator's model; one that does must repeat the certified one.
  if ((flags & Flag.attestedCredential) !== 0)
    return equal(data.subarray(FIXED_BYTES, FIXED_BYTES + AAGUID_BYTES), passkey.aaguid);
  return (flags & Flag.extensions) !== 0 || data.length === FIXED_BYTES;
}

function isClientDataOf(passkey: Passkey, challenge: Uint8Array, clientDataJson: Uint8Array): boolean {
  const data = parseClientData(clientDataJson);
  const origin = toUtf8(passkey.origin);
  return (
    data !== null &&
    origin !== null &&
    data.type === 'webauthn.get' &&
    data.challenge === toBase64Url(challenge) &&
    data.origin === origin &&
    // Signing inside another site's frame would put that site's page around the order.
    data.crossOrigin !== true
  );
}

function parseClientData(bytes: Uint8Array): Record<string, unknown> | null {
  const text = toUtf8(bytes);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Without padding, as browsers write a challenge. */
function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]];
    text += BASE64URL.charAt(a >> 2) + BASE64URL.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    if (b !== undefined) text += BASE64URL.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    if (c !== undefined) text += BASE64URL.charAt(c & 63);
  }
  return text;
}

/** OfficerCert: the roles and the key of a person, or of a reader's gateway (PROTOCOL 4). */
import {
  Ac1Error,
  type Codec,
  decode,
  encode,
  ensure,
  enumeration,
  equal,
  fixed,
  type Infer,
  list,
  opaque,
  struct,
  uint64,
  version,
} from '@countersign/bytes';
import { type Authorities, findSigner } from './authority.ts';
import { type NetworkId, networkId, officerId, organisationId, point65, role, sig, sigKey } from './ids.ts';
import { Role } from './role.ts';
import { createSigned } from './signed.ts';
import { isValidAt } from './validity.ts';

/** How the holder signs: with an Ed25519 key, with a passkey (WebAuthn ES256), or as a reader that also decrypts. */
export const OfficerKeyAlg = { ed25519: 1, passkey: 2, reader: 3 } as const;

const ED25519_KEY_BYTES = 32;

const passkeyCodec = struct({
  pub: point65,
  rpId: opaque(1, 255),
  origin: opaque(1, 255),
  aaguid: fixed<'Aaguid'>(16),
});
export type Passkey = Infer<typeof passkeyCodec>;

const readerKeyCodec = struct({ sigKey, hpkeKey: point65 });
export type ReaderKey = Infer<typeof readerKeyCodec>;

export type OfficerKey =
  | { readonly alg: 1; readonly key: Uint8Array }
  | { readonly alg: 2; readonly key: Passkey }
  | { readonly alg: 3; readonly key: ReaderKey };

const headCodec = struct({ version, networkId, officerId, organisationId, roles: list(role, 1, 255, { sorted: true }) });
const algCodec = enumeration(1, [OfficerKeyAlg.ed25519, OfficerKeyAlg.passkey, OfficerKeyAlg.reader]);
const keyBytesCodec = opaque(32, 2048);
const tailCodec = struct({ from: uint64, to: uint64, sig });

export type OfficerCert = Infer<typeof headCodec> & OfficerKey & Infer<typeof tailCodec>;

/** The form of `key` depends on `alg`: that is why this is no plain struct. */
export const officerCertCodec: Codec<OfficerCert> = {
  read(reader) {
    const head = headCodec.read(reader);
    const key = decodeKey(algCodec.read(reader), keyBytesCodec.read(reader));
    return { ...head, ...key, ...tailCodec.read(reader) };
  },
  write(writer, cert) {
    headCodec.write(writer, cert);
    algCodec.write(writer, cert.alg);
    keyBytesCodec.write(writer, encodeKey(cert));
    tailCodec.write(writer, cert);
  },
};

function decodeKey(alg: 1 | 2 | 3, bytes: Uint8Array): OfficerKey {
  switch (alg) {
    case OfficerKeyAlg.ed25519:
      if (bytes.length !== ED25519_KEY_BYTES) throw new Ac1Error('decode.length');
      return { alg, key: bytes };
    case OfficerKeyAlg.passkey:
      return { alg, key: decode(passkeyCodec, bytes) };
    case OfficerKeyAlg.reader:
      return { alg, key: decode(readerKeyCodec, bytes) };
  }
}

function encodeKey(cert: OfficerKey): Uint8Array {
  switch (cert.alg) {
    case OfficerKeyAlg.ed25519:
      return cert.key;
    case OfficerKeyAlg.passkey:
      return encode(passkeyCodec, cert.key);
    case OfficerKeyAlg.reader:
      return encode(readerKeyCodec, cert.key);
  }
}

type Unsigned<T> = T extends unknown ? Omit<T, 'sig'> : never;

/** Signed by an authority that holds every role of the certificate. */
export function createOfficerCert(body: Unsigned<OfficerCert>, authoritySeed: Uint8Array): OfficerCert {
  return createSigned(officerCertCodec, 'AC1 officer cert', body as Omit<OfficerCert, 'sig'>, authoritySeed);
}

/** The certificate, proven to be signed by an authority that holds each of its roles, whatever its dates; else `cert.invalid`. */
export function verifyOfficerCert(cert: OfficerCert, authorities: Authorities, network: NetworkId | null = null): OfficerCert {
  ensure(network === null || equal(cert.networkId, network), 'cert.invalid');
  ensure(officerCertSigner(cert, authorities) !== null, 'cert.invalid');
  // A gateway's key reads and never authorises: role 7 stands alone, with alg 3, and alg 3 with it (PROTOCOL 4).
  const isGateway = cert.roles.includes(Role.readerGateway);
  ensure(isGateway === (cert.alg === OfficerKeyAlg.reader) && (!isGateway || cert.roles.length === 1), 'cert.invalid');
  return cert;
}

/** The key of the authority that signed it, or null. */
export function officerCertSigner(cert: OfficerCert, authorities: Authorities): Uint8Array | null {
  return findSigner(officerCertCodec, 'AC1 officer cert', cert, authorities, cert.roles);
}

/** `cert.invalid` unless the certificate is in force at unix second `time`. */
export function ensureOfficerCertCurrent(cert: OfficerCert, time: number | bigint): void {
  ensure(isValidAt(cert, time), 'cert.invalid');
}

/** Organisation and key of an officer never change (PROTOCOL 4). */
export function isSameOfficer(first: OfficerCert, later: OfficerCert): boolean {
  return (
    equal(first.officerId, later.officerId) &&
    equal(first.organisationId, later.organisationId) &&
    first.alg === later.alg &&
    equal(encodeKey(first), encodeKey(later))
  );
}

/** The Ed25519 key that the holder signs requests, revocations and log entries with; null for a passkey. */
export function signingKeyOf(key: OfficerKey): Uint8Array | null {
  switch (key.alg) {
    case OfficerKeyAlg.ed25519:
      return key.key;
    case OfficerKeyAlg.passkey:
      return null;
    case OfficerKeyAlg.reader:
      return key.key.sigKey;
  }
}

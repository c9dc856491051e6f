/** Key packages (RFC 9420 section 10): what a device publishes so that others can add it while it is away. */
import { decode, encode, equal, fixed, opaque, struct } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { type Capabilities, generateKeyPackageWithKey, type KeyPackage, type PrivateKeyPackage } from 'ts-mls';
import { verifyKeyPackage as isKeyPackageSigned, makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { ensureMls, guarded } from './error.ts';
import { authenticateLeaf, ensureLeafForm, type IdentityRules } from './identity.ts';
import { IDENTITY_BYTES_MAX, KEY_PACKAGE_BYTES_MAX, KEY_PACKAGE_LIFETIME_MAX_S } from './limits.ts';
import { encodeKeyPackage, parseKeyPackage } from './message.ts';
import { SUITE_NAME, type Suite } from './suite.ts';
import { isLeafSigned } from './tree.ts';

const CAPABILITIES: Capabilities = {
  versions: ['mls10'],
  ciphersuites: [SUITE_NAME],
  extensions: [],
  proposals: [],
  credentials: ['basic'],
};

export interface KeyPackageOptions {
  /** DeviceCert bytes. */
  readonly identity: Uint8Array;
  /** The Ed25519 seed of mls_sig_key. */
  readonly signatureSeed: Uint8Array;
  /** Unix seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A key package with its private keys. Each joins one group only, then it is erased. */
export interface OwnKeyPackage {
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
  /** The MLSMessage to publish. */
  readonly message: Uint8Array;
}

/** A lifetime above `KEY_PACKAGE_LIFETIME_MAX_S` or an identity above `IDENTITY_BYTES_MAX` is a RangeError. */
export async function createKeyPackage(options: KeyPackageOptions, suite: Suite): Promise<OwnKeyPackage> {
  const { identity, signatureSeed, notBefore, notAfter } = options;
  if (identity.length > IDENTITY_BYTES_MAX) throw new RangeError('identity too long');
  if (notAfter <= notBefore || notAfter - notBefore > KEY_PACKAGE_LIFETIME_MAX_S) throw new RangeError('lifetime out of range');
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: 'basic', identity },
    CAPABILITIES,
    { notBefore: BigInt(notBefore), notAfter: BigInt(notAfter) },
    [],
    { signKey: signatureSeed, publicKey: crypto.ed25519PublicKey(signatureSeed) },
    suite,
  );
  return { publicPackage, privatePackage, message: encodeKeyPackage(publicPackage) };
}

/**
 * A key package from outside, fit to be added: form, both signatures, lifetime at `now` and credential (RFC 9420 section 10.1).
 * Throws `key_package_invalid`, or the code of the check that failed.
 */
export async function verifyKeyPackage(
  message: Uint8Array,
  now: number,
  rules: IdentityRules,
  suite: Suite,
): Promise<KeyPackage> {
  const keyPackage = parseKeyPackage(message);
  await ensureKeyPackage(keyPackage, rules, suite);
  const { notBefore, notAfter } = keyPackage.leafNode.lifetime;
  ensureMls(notBefore <= BigInt(now) && BigInt(now) < notAfter, 'key_package_invalid');
  ensureMls(notAfter - notBefore <= BigInt(KEY_PACKAGE_LIFETIME_MAX_S), 'key_package_invalid');
  return keyPackage;
}

/** The same without the lifetime, which only who adds it must check (RFC 9420 section 7.3). */
export async function ensureKeyPackage(keyPackage: KeyPackage, rules: IdentityRules, suite: Suite): Promise<void> {
  await guarded('key_package_invalid', async () => {
    const { leafNode } = keyPackage;
    ensureMls(keyPackage.version === 'mls10' && keyPackage.cipherSuite === SUITE_NAME, 'key_package_invalid');
    ensureMls(keyPackage.extensions.length === 0 && leafNode.leafNodeSource === 'key_package', 'key_package_invalid');
    ensureLeafForm(leafNode);
    ensureMls(!equal(keyPackage.initKey, leafNode.hpkePublicKey), 'key_package_invalid');
    ensureMls(await isLeafSigned(leafNode, new Uint8Array(0), 0, suite), 'key_package_invalid');
    ensureMls(await isKeyPackageSigned(keyPackage, suite.signature), 'key_package_invalid');
    await authenticateLeaf(leafNode, rules);
  });
}

/** KeyPackageRef: what a Welcome names, and what a directory keeps it under. */
export async function keyPackageRef(message: Uint8Array, suite: Suite): Promise<Uint8Array> {
  return makeKeyPackageRef(parseKeyPackage(message), suite.hash);
}

const stored = struct({
  message: opaque(1, KEY_PACKAGE_BYTES_MAX),
  initPrivateKey: fixed(32),
  hpkePrivateKey: fixed(32),
  signaturePrivateKey: fixed(32),
});

/** For the device's own storage; contains secrets. */
export function encodeOwnKeyPackage(own: OwnKeyPackage): Uint8Array {
  return encode(stored, { message: own.message, ...own.privatePackage });
}

export function decodeOwnKeyPackage(bytes: Uint8Array): OwnKeyPackage {
  const { message, ...privatePackage } = decode(stored, bytes);
  return { publicPackage: parseKeyPackage(message), privatePackage, message };
}

/** Domain separation of PROTOCOL 2: the closed list of labels and the four functions that take one. One label, one use. */
import { concat, labelBytes } from '@countersign/bytes';
import { backend } from '#backend';

export type HashLabel =
  | 'AC1 scope'
  | 'AC1 custody key id'
  | 'AC1 grant'
  | 'AC1 header'
  | 'AC1 envelope'
  | 'AC1 order'
  | 'AC1 key id'
  | 'AC1 object'
  | 'AC1 ceremony'
  | 'AC1 transcript'
  | 'AC1 authorisation webauthn';

export type ExpandLabel = 'AC1 day' | 'AC1 scope secret' | 'AC1 ikmE' | 'AC1 K commit' | 'AC1 content' | 'AC1 wrap';

export type HpkeLabel = 'AC1 hpke info' | 'AC1 K' | 'AC1 release' | 'AC1 ceremony share' | 'AC1 opening';

export type AadLabel = 'AC1 content aad' | 'AC1 wrap aad' | 'AC1 chunk aad';

export type SignLabel =
  | 'AC1 profile'
  | 'AC1 custody key'
  | 'AC1 device cert'
  | 'AC1 officer cert'
  | 'AC1 cert revocation'
  | 'AC1 territory'
  | 'AC1 roster'
  | 'AC1 grant sig'
  | 'AC1 envelope sig'
  | 'AC1 relay stamp'
  | 'AC1 authorisation'
  | 'AC1 revocation'
  | 'AC1 release request'
  | 'AC1 release sig'
  | 'AC1 receipt'
  | 'AC1 read event'
  | 'AC1 notice'
  | 'AC1 evidence'
  | 'AC1 log entry'
  | 'AC1 ceremony msg'
  | 'AC1 ceremony share msg'
  | 'AC1 destroyed'
  | 'AC1 report';

/** The label of the MLS exporter; MLS adds its own framing, so it ends in no zero byte (PROTOCOL 5). */
export const CUSTODY_ROOT_EXPORTER_LABEL = 'AC1 custody root';

type Label = HashLabel | ExpandLabel | HpkeLabel | AadLabel | SignLabel;

const prefixes = new Map<Label, Uint8Array>();

/** `Lb(label)` followed by `parts`. */
export function labelled(label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  let prefix = prefixes.get(label);
  if (prefix === undefined) {
    prefix = labelBytes(label);
    prefixes.set(label, prefix);
  }
  return concat(prefix, ...parts);
}

/** `H(label, x)` = SHA-256(Lb(label) || x), x being the joined parts. */
export function labelledHash(label: HashLabel, ...parts: readonly Uint8Array[]): Uint8Array {
  return backend.sha256(labelled(label, ...parts));
}

/** `Expand(key, label, context, length)` = HKDF-Expand(key, Lb(label) || context, length). */
export function labelledExpand(key: Uint8Array, label: ExpandLabel, context: Uint8Array, length = 32): Uint8Array {
  return backend.hkdfExpand(key, labelled(label, context), length);
}

/** `Sign(key, label, x)` = Ed25519(key, Lb(label) || x); `seed` is the 32-byte private key of RFC 8032. */
export function labelledSign(seed: Uint8Array, label: SignLabel, ...parts: readonly Uint8Array[]): Uint8Array {
  return backend.ed25519Sign(seed, labelled(label, ...parts));
}

/** Whether `signature` is that of `publicKey` over Lb(label) || x. */
export function isLabelledSignature(
  publicKey: Uint8Array,
  label: SignLabel,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return backend.ed25519Verify(publicKey, labelled(label, message), signature);
}

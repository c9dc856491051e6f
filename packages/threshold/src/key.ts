/**
 * K, the key of one scope, and its commitment (PROTOCOL 6). Its two makers meet here: the device, which knows e, and the reader, who
 * gets the same Diffie-Hellman value from a quorum (PROTOCOL 8).
 */
import { crypto, labelled, labelledExpand } from '@countersign/crypto';
import { deriveExport, deriveKeyPair, deriveShared } from './hpke.ts';
import type { Hash, Point65, Scalar } from './wire.ts';

const K_BYTES = 32;

export interface ScopeKey {
  /** 32 bytes, secret. */
  readonly K: Uint8Array;
  readonly kCommit: Hash;
}

/** What a device derives for one scope: the key, the encapsulation that goes into the grant, and e, which the scope proof needs. */
export interface EncapsulatedKey extends ScopeKey {
  readonly e: Scalar;
  readonly enc: Point65;
}

/** The device's side: `ikmE` of 32 bytes, `Y` a valid public key of the custodians, `scope` the encoded Scope. */
export function deriveEncapsulatedKey(ikmE: Uint8Array, Y: Point65, scope: Uint8Array): EncapsulatedKey {
  const { secretKey: e, publicKey: enc } = deriveKeyPair(ikmE);
  return { e, enc, ...deriveScopeKey(crypto.p256SharedX(e, Y), enc, Y, scope) };
}

/** Both sides' last step: `dh` is the x coordinate (32 bytes) of e*Y = y*enc. */
export function deriveScopeKey(dh: Uint8Array, enc: Point65, Y: Point65, scope: Uint8Array): ScopeKey {
  const shared = deriveShared(dh, enc, Y);
  const K = deriveExport(shared, labelled('AC1 hpke info', scope), labelled('AC1 K'), K_BYTES);
  return { K, kCommit: labelledExpand(K, 'AC1 K commit', new Uint8Array(0)) };
}

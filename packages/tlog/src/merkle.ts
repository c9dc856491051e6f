/** Hashing of the log's tree (PROTOCOL 11.1; RFC 9162 section 2.1.1). */
import { crypto } from '@countersign/crypto';

export const HASH_BYTES = 32;

/** The root of the tree without entries: SHA-256 of the empty string. */
export const EMPTY_ROOT = crypto.sha256(new Uint8Array(0));

/** What a checkpoint states of a tree. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** SHA-256(0x00 || entry). */
export function entryHash(entry: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + entry.length);
  input.set(entry, 1);
  return crypto.sha256(input);
}

/** One input is reused: hashing is synchronous, and no backend keeps what it hashed. */
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES);
nodeInput[0] = 0x01;

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return crypto.sha256(nodeInput);
}

/** The root over entry hashes in order. */
export function merkleRoot(entryHashes: readonly Uint8Array[]): Uint8Array {
  if (entryHashes.length === 0) return EMPTY_ROOT;
  let row = entryHashes;
  // A last node without a sibling moves up unhashed, which is the same tree as the recursive definition gives.
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) above.push(nodeHash(row[i] as Uint8Array, row[i + 1] as Uint8Array));
    if (row.length % 2 === 1) above.push(row[row.length - 1] as Uint8Array);
    row = above;
  }
  return row[0] as Uint8Array;
}

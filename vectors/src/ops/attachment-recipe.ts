/** The blobs of the attachment vectors, which are given as recipes so that the file stays small (PROTOCOL 17). */
import { concat, fromHex, u32, u64 } from '@countersign/bytes';
import { crypto, labelled } from '@countersign/crypto';
import type { CaseFields } from '../op.ts';

const CHUNK_FIELD = 65_536;

/** The first `size` bytes of SHA-256(seed, uint32 0), SHA-256(seed, uint32 1) and so on. */
export function recipePlaintext(seed: Uint8Array, size: number): Uint8Array {
  const plaintext = new Uint8Array(size);
  for (let block = 0; block * 32 < size; block++) {
    const hash = crypto.sha256(concat(seed, u32(block)));
    plaintext.set(hash.subarray(0, size - block * 32), block * 32);
  }
  return plaintext;
}

/** Seals the named slices with whatever counters, flags and sizes the recipe says, then damages the result. */
export function recipeBlob(recipe: CaseFields): Uint8Array {
  const plaintext = recipePlaintext(fromHex(recipe.seed), recipe.size);
  const key = fromHex(recipe.key);
  const aad = labelled('AC1 chunk aad', u64(BigInt(recipe.aad_size)), u32(CHUNK_FIELD));
  const chunks: Uint8Array[] = recipe.chunks.map((chunk: CaseFields) =>
    crypto.aesGcmSeal(
      key,
      concat(u64(BigInt(chunk.j)), u32(chunk.last)),
      aad,
      plaintext.subarray(chunk.from, chunk.from + chunk.len),
    ),
  );
  const blob = concat(...chunks);
  if (recipe.flip !== undefined) blob[recipe.flip] = (blob[recipe.flip] as number) ^ 1;
  return concat(blob.subarray(0, blob.length - (recipe.cut ?? 0)), fromHex(recipe.append ?? ''));
}

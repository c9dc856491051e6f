/** Padding: content is sealed in one of nine sizes, so that its length tells little (PROTOCOL 9). */
import { ensure } from '@countersign/bytes';

const BUCKET_MIN_BYTES = 256;
const BUCKET_MAX_BYTES = 65_536;
const LENGTH_BYTES = 3;

/** The longest content that can be sealed. */
export const CONTENT_MAX_BYTES = BUCKET_MAX_BYTES - LENGTH_BYTES;

/** uint24 length, content, zeros up to the smallest bucket that holds it; longer content is `content.too_large`. */
export function pad(content: Uint8Array): Uint8Array {
  ensure(content.length <= CONTENT_MAX_BYTES, 'content.too_large');
  const padded = new Uint8Array(bucketFor(content.length));
  padded[0] = content.length >>> 16;
  padded[1] = content.length >>> 8;
  padded[2] = content.length;
  padded.set(content, LENGTH_BYTES);
  return padded;
}

/** The content, sharing memory with `padded`; any form but the one that `pad` writes is `content.padding_invalid`. */
export function unpad(padded: Uint8Array): Uint8Array {
  ensure(padded.length >= BUCKET_MIN_BYTES && padded.length <= BUCKET_MAX_BYTES, 'content.padding_invalid');
  const [high, middle, low] = padded as unknown as [number, number, number];
  const end = LENGTH_BYTES + high * 0x10000 + middle * 0x100 + low;
  ensure(end <= padded.length && bucketFor(end - LENGTH_BYTES) === padded.length, 'content.padding_invalid');
  for (let i = end; i < padded.length; i++) ensure(padded[i] === 0, 'content.padding_invalid');
  return padded.subarray(LENGTH_BYTES, end);
}

/** The smallest of 256 * 2^k that holds `contentLength` bytes and their length. */
function bucketFor(contentLength: number): number {
  let bucket = BUCKET_MIN_BYTES;
  while (bucket < LENGTH_BYTES + contentLength) bucket *= 2;
  return bucket;
}

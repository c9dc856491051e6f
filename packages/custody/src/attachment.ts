/** Attachments: a blob sealed chunk by chunk under a key that travels in the content, hence in custody (PROTOCOL 15). */
import { concat, ensure, equal, u32, u64 } from '@countersign/bytes';
import { crypto, labelled, type Sha256 } from '@countersign/crypto';
import { ATTACHMENT_CHUNK_BYTES, type Attachment } from './content.ts';

const TAG_BYTES = 16;

/** What opens and checks a blob. */
export type AttachmentRef = Pick<Attachment, 'blobId' | 'key' | 'size' | 'chunk' | 'plainHash'>;

/** Length of the blob of `size` bytes, which is compared before the blob is fetched. */
export function attachmentBlobLength(size: bigint): bigint {
  const chunks = (size + BigInt(ATTACHMENT_CHUNK_BYTES - 1)) / BigInt(ATTACHMENT_CHUNK_BYTES);
  return size + BigInt(TAG_BYTES) * (chunks === 0n ? 1n : chunks);
}

/** Which chunks a plaintext of `size` bytes has; no bytes are one empty chunk. */
class Layout {
  readonly size: number;
  readonly count: number;
  readonly aad: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.count = Math.max(1, Math.ceil(size / ATTACHMENT_CHUNK_BYTES));
    this.aad = labelled('AC1 chunk aad', u64(BigInt(size)), u32(ATTACHMENT_CHUNK_BYTES));
  }

  /** Plaintext bytes of chunk `j`. */
  length(j: number): number {
    return Math.min(ATTACHMENT_CHUNK_BYTES, this.size - j * ATTACHMENT_CHUNK_BYTES);
  }

  /** One key seals one blob, so the place makes the nonce; the last chunk is marked, or a blob cut short would open. */
  nonce(j: number): Uint8Array {
    return concat(u64(BigInt(j)), u32(j === this.count - 1 ? 1 : 0));
  }
}

/** Seals a plaintext that comes in chunks of 65,536 bytes, the last one shorter; used once for a random key. */
export class AttachmentSealer {
  readonly #key: Uint8Array;
  readonly #layout: Layout;
  readonly #blob: Sha256 = crypto.createSha256();
  readonly #plain: Sha256 = crypto.createSha256();
  #next = 0;

  /** `size`: bytes of the whole plaintext. */
  constructor(key: Uint8Array, size: number) {
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('not a size in bytes');
    this.#key = key;
    this.#layout = new Layout(size);
  }

  /** The next piece of the blob; a chunk of another length than its place has is a RangeError. */
  seal(chunk: Uint8Array): Uint8Array {
    const j = this.#next++;
    if (j >= this.#layout.count || chunk.length !== this.#layout.length(j)) throw new RangeError(`not chunk ${j}`);
    const sealed = crypto.aesGcmSeal(this.#key, this.#layout.nonce(j), this.#layout.aad, chunk);
    this.#plain.update(chunk);
    this.#blob.update(sealed);
    return sealed;
  }

  /** What the content states of the blob, after its last chunk. */
  finish(): AttachmentRef {
    if (this.#next !== this.#layout.count) throw new RangeError('chunks are missing');
    return {
      blobId: this.#blob.digest(),
      key: this.#key,
      size: BigInt(this.#layout.size),
      chunk: ATTACHMENT_CHUNK_BYTES,
      plainHash: this.#plain.digest(),
    };
  }
}

/**
 * Opens a blob chunk by chunk. Each plaintext is authenticated for its place when it is returned; that it is the attachment that was
 * sent stands only after `finish`. Every fault is `attachment.invalid`.
 */
export class AttachmentOpener {
  readonly #ref: AttachmentRef;
  readonly #layout: Layout;
  readonly #blob: Sha256 = crypto.createSha256();
  readonly #plain: Sha256 = crypto.createSha256();
  #next = 0;

  constructor(ref: AttachmentRef) {
    ensure(ref.chunk === ATTACHMENT_CHUNK_BYTES, 'attachment.invalid');
    ensure(ref.size <= BigInt(Number.MAX_SAFE_INTEGER), 'attachment.invalid');
    this.#ref = ref;
    this.#layout = new Layout(Number(ref.size));
  }

  /** Bytes of the next piece of the blob, tag included; 0 after the last. */
  get nextLength(): number {
    return this.#next < this.#layout.count ? this.#layout.length(this.#next) + TAG_BYTES : 0;
  }

  /** The plaintext of the next piece, which has `nextLength` bytes. */
  open(sealed: Uint8Array): Uint8Array {
    ensure(this.nextLength > 0 && sealed.length === this.nextLength, 'attachment.invalid');
    const j = this.#next++;
    const chunk = crypto.aesGcmOpen(this.#ref.key, this.#layout.nonce(j), this.#layout.aad, sealed);
    ensure(chunk !== null, 'attachment.invalid');
    this.#blob.update(sealed);
    this.#plain.update(chunk);
    return chunk;
  }

  /** Proves the whole: no chunk missing, blob_id and plain_hash as stated. */
  finish(): void {
    ensure(this.nextLength === 0, 'attachment.invalid');
    ensure(equal(this.#blob.digest(), this.#ref.blobId), 'attachment.invalid');
    ensure(equal(this.#plain.digest(), this.#ref.plainHash), 'attachment.invalid');
  }
}

export interface SealedAttachment {
  readonly ref: AttachmentRef;
  readonly blob: Uint8Array;
}

/** Seals a plaintext held in memory under a fresh random key. */
export function sealAttachment(plaintext: Uint8Array, key: Uint8Array): SealedAttachment {
  const sealer = new AttachmentSealer(key, plaintext.length);
  const pieces: Uint8Array[] = [];
  let offset = 0;
  do {
    pieces.push(sealer.seal(plaintext.subarray(offset, offset + ATTACHMENT_CHUNK_BYTES)));
    offset += ATTACHMENT_CHUNK_BYTES;
  } while (offset < plaintext.length);
  return { ref: sealer.finish(), blob: concat(...pieces) };
}

/** The plaintext of a blob held in memory; any fault is `attachment.invalid`. */
export function openAttachment(ref: AttachmentRef, blob: Uint8Array): Uint8Array {
  const opener = new AttachmentOpener(ref);
  ensure(BigInt(blob.length) === attachmentBlobLength(ref.size), 'attachment.invalid');
  const chunks: Uint8Array[] = [];
  for (let offset = 0; offset < blob.length; ) {
    const piece = blob.subarray(offset, offset + opener.nextLength);
    offset += piece.length;
    chunks.push(opener.open(piece));
  }
  opener.finish();
  return concat(...chunks);
}

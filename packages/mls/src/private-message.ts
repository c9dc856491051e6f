/**
 * PrivateMessage (RFC 9420 section 6.3) in its MLSMessage frame. Written out here rather than read by ts-mls and compared with its
 * encoding, as handshake messages are: it is the one form that every message has, and costs a fifth this way.
 */
import { Ac1Error, concat, Reader, u16, u32, u64 } from '@countersign/bytes';
import type { PrivateMessage } from 'ts-mls/privateMessage.js';
import { ensureMls, MlsError } from './error.ts';
import { PRIVATE_MESSAGE_BYTES_MAX } from './limits.ts';

const VERSION_MLS10 = 0x0001;
const WIRE_FORMAT_PRIVATE = 0x0002;
const CONTENT_TYPES = { 1: 'application', 2: 'proposal', 3: 'commit' } as const;
const CONTENT_TYPE_NUMBERS = { application: 1, proposal: 2, commit: 3 } as const;

export function isPrivateMessage(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0 && bytes[1] === VERSION_MLS10 && bytes[2] === 0 && bytes[3] === WIRE_FORMAT_PRIVATE;
}

/** The message of exactly these bytes, else `malformed` or `too_large`. The result does not share memory with `bytes`. */
export function parsePrivateMessage(bytes: Uint8Array): PrivateMessage {
  ensureMls(bytes.length <= PRIVATE_MESSAGE_BYTES_MAX, 'too_large');
  ensureMls(isPrivateMessage(bytes), 'malformed');
  // `slice` of a Buffer would share memory with whoever reads into it next.
  const reader = new Reader(Uint8Array.from(bytes.subarray(4)));
  try {
    const groupId = readVector(reader);
    const epoch = reader.uint64();
    const contentType = CONTENT_TYPES[reader.uint(1) as keyof typeof CONTENT_TYPES];
    ensureMls(contentType !== undefined, 'malformed');
    const authenticatedData = readVector(reader);
    const encryptedSenderData = readVector(reader);
    const ciphertext = readVector(reader);
    ensureMls(reader.remaining === 0, 'malformed');
    return { groupId, epoch, contentType, authenticatedData, encryptedSenderData, ciphertext };
  } catch (cause) {
    throw cause instanceof Ac1Error ? new MlsError('malformed', { cause }) : cause;
  }
}

export function encodePrivateMessage(message: PrivateMessage): Uint8Array {
  return concat(
    u16(VERSION_MLS10),
    u16(WIRE_FORMAT_PRIVATE),
    ...vector(message.groupId),
    u64(message.epoch),
    Uint8Array.of(CONTENT_TYPE_NUMBERS[message.contentType]),
    ...vector(message.authenticatedData),
    ...vector(message.encryptedSenderData),
    ...vector(message.ciphertext),
  );
}

/** `opaque<V>`: the length in the two top bits' number of bytes, 1, 2 or 4, the fewest that hold it (RFC 9420 section 2.1.2). */
function readVector(reader: Reader): Uint8Array {
  const first = reader.uint(1);
  const prefix = first >> 6;
  let length = first & 0x3f;
  ensureMls(prefix < 3, 'malformed');
  if (prefix === 1) length = length * 0x100 + reader.uint(1);
  if (prefix === 2) length = length * 0x1000000 + reader.uint(3);
  ensureMls(prefix === 0 || length >= (prefix === 1 ? 1 << 6 : 1 << 14), 'malformed');
  return reader.take(length);
}

function vector(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  const { length } = bytes;
  if (length < 1 << 6) return [Uint8Array.of(length), bytes];
  if (length < 1 << 14) return [u16(length | 0x4000), bytes];
  return [u32(length + 0x80000000), bytes];
}

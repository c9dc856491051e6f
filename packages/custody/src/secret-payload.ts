/** SecretPayload: what a form 1 entry commits to, padded so that its length tells little, and its opening (PROTOCOL 11.2). */
import { Ac1Error, concat, decode, encode, ensure, equal, opaque, Reader, struct, uint8, version } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import type { Hash, SigKey } from './ids.ts';
import { type EntryType, type LogEntry, logEntryCodec, verifyEntrySignature } from './log-entry.ts';

const BLOCK_BYTES = 1024;
export const SALT_BYTES = 32;

/** The longest body of an order entry: its payload must fit an opening. */
export const ORDER_ENTRY_BODY_MAX_BYTES = 64_507;

const bodyCodec = opaque(1, 65_535);
const framedCodec = struct({ version, type: uint8, body: bodyCodec });

/** version, type, body and zeros up to a multiple of 1024. */
export function encodeSecretPayload(type: EntryType, body: Uint8Array): Uint8Array {
  const framed = encode(framedCodec, { type, body });
  return concat(framed, new Uint8Array((BLOCK_BYTES - (framed.length % BLOCK_BYTES)) % BLOCK_BYTES));
}

/** C: HMAC-SHA256 under the salt, 32 random bytes that keep a guessed body from being recognised. */
export function commit(salt: Uint8Array, payload: Uint8Array): Hash {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt of ${salt.length} bytes`);
  return crypto.hmacSha256(salt, payload);
}

/** Salt and SecretPayload: with them, a form 1 entry can be read. */
export interface EntrySecret {
  readonly salt: Uint8Array;
  readonly payload: Uint8Array;
}

/** An entry whose body is proven to be the one that its actor committed to. */
export interface OpenedEntry {
  readonly entry: LogEntry;
  readonly body: Uint8Array;
}

/** VerifyOpening: the entry decodes, `actorKey` signed it, and the secret is the one it commits to. */
export function verifyOpening(entryBytes: Uint8Array, actorKey: SigKey, secret: EntrySecret): OpenedEntry {
  const entry = verifyEntrySignature(decode(logEntryCodec, entryBytes), actorKey);
  return { entry, body: verifySecret(entry, secret) };
}

/** The body of a form 1 entry whose signature was checked before: the steps of VerifyOpening that follow it. */
export function verifySecret(entry: LogEntry, { salt, payload }: EntrySecret): Uint8Array {
  ensure(entry.form === 1 && salt.length === SALT_BYTES, 'log.commitment_mismatch');
  ensure(equal(commit(salt, payload), entry.commitment), 'log.commitment_mismatch');
  return parseSecretPayload(entry.type, payload);
}

function parseSecretPayload(type: EntryType, payload: Uint8Array): Uint8Array {
  const reader = new Reader(payload);
  version.read(reader);
  ensure(uint8.read(reader) === type, 'log.type_mismatch');
  const body = bodyCodec.read(reader);
  const zeros = reader.take(reader.remaining);
  const isExact = payload.length % BLOCK_BYTES === 0 && zeros.length < BLOCK_BYTES && zeros.every((byte) => byte === 0);
  if (!isExact) throw new Ac1Error('log.padding_invalid');
  return body;
}

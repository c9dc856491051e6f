/** LogEntry: one signed line of the log, open (form 0) or committed to (form 1) (PROTOCOL 11.2). */
import {
  type Codec,
  encode,
  ensure,
  enumeration,
  equal,
  fixed,
  type Infer,
  opaque,
  struct,
  uint32,
  uint64,
  version,
} from '@countersign/bytes';
import { crypto, labelledHash } from '@countersign/crypto';
import { type Hash, hash, type SigKey, sig } from './ids.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const EntryType = {
  profile: 1,
  custodyKey: 2,
  ceremony: 3,
  keyDestroyed: 4,
  cert: 5,
  certRevoked: 6,
  territory: 7,
  order: 8,
  authorisation: 9,
  orderRevoked: 10,
  grant: 11,
  roster: 12,
  envelopeBatch: 13,
  releaseRequest: 14,
  release: 15,
  receipt: 16,
  readEvent: 17,
  notice: 18,
  opening: 19,
  extension: 20,
  review: 21,
  statement: 22,
  report: 23,
  filler: 24,
} as const;
export type EntryType = (typeof EntryType)[keyof typeof EntryType];

/** `prevIndex` of an actor's first entry with a handle. */
export const NO_PREVIOUS_ENTRY = 2n ** 64n - 1n;

/** `handle` of entries that belong to nothing. */
export const ZERO_HANDLE = new Uint8Array(16);

const HOUR_S = 3600;

const entryTypeCodec = enumeration(1, Object.values(EntryType));
/** 16 bytes: an order's id, a roster's slot, or zeros. Hence no brand of its own. */
const handleCodec = fixed(16);
export type Handle = Infer<typeof handleCodec>;

const headCodec = struct({
  version,
  type: entryTypeCodec,
  actorKeyId: hash,
  handle: handleCodec,
  /** The only time in an entry: floor(unix seconds / 3600). */
  hour: uint32,
  /** Unix seconds; 0 none. */
  noticeBy: uint64,
  /** The same actor's last entry with the same handle: chains run by actor, so that nobody waits for another. */
  prevIndex: uint64,
});
const formCodec = enumeration(1, [0, 1]);
const payloadCodec = opaque(1, 65_000);
const tailCodec = struct({ sig });

/** An open payload, or C: the commitment to a SecretPayload. */
export type EntryForm =
  | { readonly form: 0; readonly payload: Uint8Array }
  | { readonly form: 1; readonly commitment: Uint8Array };

type EntryHead = Infer<typeof headCodec>;
export type LogEntry = EntryHead & EntryForm & Infer<typeof tailCodec>;

export const logEntryCodec: Codec<LogEntry> = {
  read(reader) {
    const head = headCodec.read(reader);
    const form = formCodec.read(reader);
    const content: EntryForm =
      form === 0 ? { form, payload: payloadCodec.read(reader) } : { form, commitment: hash.read(reader) };
    return { ...head, ...content, ...tailCodec.read(reader) };
  },
  write(writer, entry) {
    headCodec.write(writer, entry);
    formCodec.write(writer, entry.form);
    if (entry.form === 0) payloadCodec.write(writer, entry.payload);
    else hash.write(writer, entry.commitment);
    tailCodec.write(writer, entry);
  },
};

/** H("AC1 key id", SigKey). */
export function keyId(key: SigKey): Hash {
  return labelledHash('AC1 key id', key);
}

/** The log's hour of unix second `time`. */
export function hourOf(time: number): number {
  return Math.floor(time / HOUR_S);
}

/** The encoded entry, signed by its actor. */
export function createLogEntry(body: Omit<EntryHead, 'actorKeyId'> & EntryForm, actorSeed: Uint8Array): Uint8Array {
  const actorKeyId = keyId(crypto.ed25519PublicKey(actorSeed));
  const unsigned = { ...body, actorKeyId } as Omit<LogEntry, 'sig'>;
  return encode(logEntryCodec, createSigned(logEntryCodec, 'AC1 log entry', unsigned, actorSeed));
}

/** The entry, proven to be signed by `key`, which its actor_key_id names; else `log.signature_invalid`. */
export function verifyEntrySignature(entry: LogEntry, key: SigKey): LogEntry {
  ensure(equal(entry.actorKeyId, keyId(key)), 'log.signature_invalid');
  ensure(isSignedBy(logEntryCodec, 'AC1 log entry', entry, key), 'log.signature_invalid');
  return entry;
}

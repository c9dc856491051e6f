/** Content: what a message says, as it is sealed in an envelope (PROTOCOL 15). */
import {
  type Codec,
  decode,
  encode,
  enumeration,
  fixed,
  type Infer,
  list,
  opaque,
  refine,
  struct,
  toUtf8,
  uint32,
  uint64,
  version,
} from '@countersign/bytes';
import { hash, msgId } from './ids.ts';
import { noticeCodec } from './notice.ts';
import { text } from './text.ts';

export const ContentType = {
  text: 1,
  reply: 2,
  reaction: 3,
  edit: 4,
  delete: 5,
  attachment: 6,
  receipt: 7,
  timer: 8,
  groupChange: 9,
  notice: 10,
} as const;
export type ContentType = (typeof ContentType)[keyof typeof ContentType];

export const ReceiptKind = { delivered: 1, read: 2 } as const;
export const GroupChangeKind = { name: 1, picture: 2, admins: 3 } as const;

/** The one size of an attachment's chunks, the last excepted. */
export const ATTACHMENT_CHUNK_BYTES = 65_536;

const body = text(1, 60_000);

const attachmentCodec = struct({
  blobId: hash,
  key: fixed<'AttachmentKey'>(32),
  /** Plaintext bytes. */
  size: uint64,
  chunk: refine(uint32, (bytes) => bytes === ATTACHMENT_CHUNK_BYTES),
  plainHash: hash,
  name: text(0, 255),
  mime: text(1, 127),
  caption: text(0, 4096),
});
export type Attachment = Infer<typeof attachmentCodec>;

/** A name is text; the other values are bytes. */
const groupChangeCodec = refine(
  struct({ kind: enumeration(1, Object.values(GroupChangeKind)), value: opaque(0, 1024) }),
  ({ kind, value }) => kind !== GroupChangeKind.name || toUtf8(value) !== null,
  'content.text_invalid',
);

/** What follows the head of each type. */
const BODIES = {
  [ContentType.text]: struct({ body }),
  [ContentType.reply]: struct({ to: msgId, body }),
  /** An empty emoji takes the reaction back. */
  [ContentType.reaction]: struct({ to: msgId, emoji: text(0, 64) }),
  [ContentType.edit]: struct({ target: msgId, body }),
  [ContentType.delete]: struct({ target: msgId }),
  [ContentType.attachment]: attachmentCodec,
  [ContentType.receipt]: struct({
    kind: enumeration(1, Object.values(ReceiptKind)),
    ids: list(msgId, 16, 16_384),
  }),
  [ContentType.timer]: struct({ seconds: uint32 }),
  [ContentType.groupChange]: groupChangeCodec,
  [ContentType.notice]: struct({ notice: noticeCodec, text: text(1, 16_384) }),
} as const;

const headCodec = struct({
  version,
  type: enumeration(1, Object.values(ContentType)),
  /** Disappearing timer in force, in seconds, 0 for none; it binds members' views, not custody. */
  expireS: uint32,
});

export type ContentOf<T extends ContentType> = { type: T; expireS: number } & Infer<(typeof BODIES)[T]>;
export type Content = { [T in ContentType]: ContentOf<T> }[ContentType];

/** Exact: what is decoded encodes to the same bytes. */
export const contentCodec: Codec<Content> = {
  read(reader) {
    const head = headCodec.read(reader);
    return { ...head, ...BODIES[head.type].read(reader) } as Content;
  },
  write(writer, content) {
    headCodec.write(writer, content);
    (BODIES[content.type] as Codec<unknown>).write(writer, content);
  },
};

/**
 * Faults are those of section 3 and `content.text_invalid`. An unknown type is `decode.enum`: the message is shown as not supported,
 * never dropped.
 */
export function decodeContent(bytes: Uint8Array): Content {
  return decode(contentCodec, bytes);
}

/** The sender's encoding: texts in NFC, so that two people who type the same word write the same bytes. */
export function encodeContent(content: Content): Uint8Array {
  if (content.type === ContentType.notice) return encode(contentCodec, content); // its text is bound by a hash
  const fields = Object.entries(content).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.normalize('NFC') : value,
  ]);
  return encode(contentCodec, Object.fromEntries(fields) as Content);
}

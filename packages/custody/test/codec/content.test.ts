/** Contents on the wire: what senders write and readers refuse (PROTOCOL 15). */
import { decode, encode, fromHex } from '@countersign/bytes';
import { expect, test } from 'vitest';
import { type Content, ContentType, contentCodec, decodeContent, encodeContent } from '../../src/index.ts';
import { bytesOf, codeOf } from '../messenger.ts';

test('a sender writes NFC, so that one word has one spelling', () => {
  const decomposed: Content = { type: ContentType.text, expireS: 0, body: 'cafe\u0301' };
  expect(decodeContent(encodeContent(decomposed))).toEqual({ ...decomposed, body: 'caf\u00e9' });
});

test('a reader keeps whatever spelling was sent, and the same bytes come of it again', () => {
  const bytes = encode(contentCodec, { type: ContentType.text, expireS: 0, body: 'cafe\u0301' });
  expect(encode(contentCodec, decodeContent(bytes))).toEqual(bytes);
});

test('a byte order mark is part of the text', () => {
  const bytes = fromHex('000101000000000004efbbbf61');
  expect(decodeContent(bytes)).toEqual({ type: 1, expireS: 0, body: '\ufeffa' });
});

test('half a surrogate pair cannot be sent', () => {
  expect(() => encodeContent({ type: ContentType.text, expireS: 0, body: '\ud83d' })).toThrow(RangeError);
});

test('a type of a later version is decode.enum, which is shown as not supported', () => {
  expect(codeOf(() => decodeContent(fromHex('00010b00000000')))).toBe('decode.enum');
});

test('a group name is text; a picture is any bytes', () => {
  const change = (kind: 1 | 2) => encode(contentCodec, { type: 9, expireS: 0, kind: 2, value: fromHex('ff') }).fill(kind, 7, 8);
  expect(codeOf(() => decodeContent(change(1)))).toBe('content.text_invalid');
  expect(codeOf(() => decodeContent(change(2)))).toBe('ok');
});

test('an attachment has one chunk size', () => {
  const attachment: Content = {
    type: ContentType.attachment,
    expireS: 0,
    blobId: bytesOf('blob'),
    key: bytesOf('key'),
    size: 1n,
    chunk: 65_536,
    plainHash: bytesOf('plain'),
    name: '',
    mime: 'text/plain',
    caption: '',
  };
  const bytes = encodeContent(attachment);
  expect(decode(contentCodec, bytes)).toEqual(attachment);
  bytes[7 + 32 + 32 + 8 + 1] = 2; // chunk: the second of its four bytes
  expect(codeOf(() => decodeContent(bytes))).toBe('decode.value');
});

/** PrivateMessage in its frame (RFC 9420 section 6.3): the same bytes as ts-mls, and no others. */
import { concat, toHex } from '@countersign/bytes';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls';
import { expect, it } from 'vitest';
import { MlsError } from '../../src/index.ts';
import { encodePrivateMessage, parsePrivateMessage } from '../../src/private-message.ts';
import { hex, readCases } from '../vectors/files.ts';

it('reads and writes every PrivateMessage of the vectors as ts-mls does', () => {
  for (const c of readCases('messages')) {
    const bytes = hex(c.private_message);
    const message = parsePrivateMessage(bytes);
    expect(decodeMlsMessage(bytes, 0)?.[0]).toMatchObject({ privateMessage: message });
    expect(toHex(encodePrivateMessage(message))).toBe(c.private_message);
  }
});

it('writes lengths of one, two and four bytes', () => {
  for (const length of [0, 63, 64, 16383, 16384, 70000]) {
    const privateMessage = {
      groupId: new Uint8Array(16),
      epoch: 2n ** 64n - 1n,
      contentType: 'application' as const,
      authenticatedData: new Uint8Array(0),
      encryptedSenderData: new Uint8Array(28),
      ciphertext: new Uint8Array(length).fill(9),
    };
    const bytes = encodePrivateMessage(privateMessage);
    const expected = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
    expect(toHex(bytes)).toBe(toHex(expected));
    expect(parsePrivateMessage(bytes)).toEqual(privateMessage);
  }
});

it('keeps what it read when the Buffer that it came in is used again', () => {
  const [c] = readCases('messages');
  const buffer = Buffer.from(hex(c.private_message));
  const message = parsePrivateMessage(buffer);
  const before = toHex(message.ciphertext);
  buffer.fill(0);
  expect(toHex(message.ciphertext)).toBe(before);
});

it('refuses lengths that are longer than needed, cut input and bytes left over', () => {
  const [c] = readCases('messages');
  const bytes = hex(c.private_message);
  for (let length = 0; length < bytes.length; length += 3)
    expect(() => parsePrivateMessage(bytes.slice(0, length))).toThrow(MlsError);
  expect(() => parsePrivateMessage(concat(bytes, new Uint8Array(1)))).toThrow(MlsError);
  const padded = concat(bytes.slice(0, 4), Uint8Array.of(0x40), bytes.slice(4));
  expect(() => parsePrivateMessage(padded)).toThrow(MlsError);
});

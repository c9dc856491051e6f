/**
 * MLSMessage of RFC 9420 section 6 in and out, but for PrivateMessage (private-message.ts). The enemy writes what is parsed: it becomes a message of the expected kind or an
 * MlsError. Only canonical bytes are read, since signatures and transcript are computed over what ts-mls encodes again.
 */
import { equal } from '@countersign/bytes';
import { decodeMlsMessage, encodeMlsMessage, type GroupInfo, type KeyPackage, type MLSMessage, type Welcome } from 'ts-mls';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import { ensureMls, guardedSync } from './error.ts';
import { HANDSHAKE_BYTES_MAX, KEY_PACKAGE_BYTES_MAX } from './limits.ts';
import { isPrivateMessage, parsePrivateMessage } from './private-message.ts';

function parse(bytes: Uint8Array, bytesMax: number): MLSMessage {
  ensureMls(bytes.length <= bytesMax, 'too_large');
  return guardedSync('malformed', () => {
    // A copy, since what ts-mls decodes shares memory with its input and outlives it.
    const copy = Uint8Array.from(bytes);
    const decoded = decodeMlsMessage(copy, 0);
    ensureMls(decoded !== undefined && decoded[1] === copy.length, 'malformed');
    ensureMls(equal(encodeMlsMessage(decoded[0]), copy), 'malformed');
    return decoded[0];
  });
}

export function parsePublicMessage(bytes: Uint8Array): PublicMessage {
  const message = parse(bytes, HANDSHAKE_BYTES_MAX);
  ensureMls(message.wireformat === 'mls_public_message', 'malformed');
  return message.publicMessage;
}

export function parseWelcome(bytes: Uint8Array): Welcome {
  const message = parse(bytes, HANDSHAKE_BYTES_MAX);
  ensureMls(message.wireformat === 'mls_welcome', 'malformed');
  return message.welcome;
}

export function parseGroupInfo(bytes: Uint8Array): GroupInfo {
  const message = parse(bytes, HANDSHAKE_BYTES_MAX);
  ensureMls(message.wireformat === 'mls_group_info', 'malformed');
  return message.groupInfo;
}

export function parseKeyPackage(bytes: Uint8Array): KeyPackage {
  const message = parse(bytes, KEY_PACKAGE_BYTES_MAX);
  ensureMls(message.wireformat === 'mls_key_package', 'malformed');
  return message.keyPackage;
}

export function encodePublicMessage(publicMessage: PublicMessage): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage });
}

export function encodeWelcome(welcome: Welcome): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome });
}

export function encodeGroupInfo(groupInfo: GroupInfo): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo });
}

export function encodeKeyPackage(keyPackage: KeyPackage): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
}

/** What a relay may read of any message between members, without keys (RFC 9420 sections 6.2 and 6.3). */
export interface MessageHeader {
  readonly wireFormat: 'public' | 'private';
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly contentType: 'application' | 'proposal' | 'commit';
  readonly authenticatedData: Uint8Array;
}

/** The header of a PublicMessage or PrivateMessage. Nothing in it is proven. */
export function readMessageHeader(bytes: Uint8Array): MessageHeader {
  if (isPrivateMessage(bytes)) {
    const { groupId, epoch, contentType, authenticatedData } = parsePrivateMessage(bytes);
    return { wireFormat: 'private', groupId, epoch, contentType, authenticatedData };
  }
  const { groupId, epoch, contentType, authenticatedData } = parsePublicMessage(bytes).content;
  return { wireFormat: 'public', groupId, epoch, contentType, authenticatedData };
}

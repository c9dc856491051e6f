/** Scope: what one K opens - the messages of one device in one group, epoch and day (PROTOCOL 6). */
import { encode, type Infer, struct, uint32, uint64, version } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { deviceId, groupId, type Hash, hash, networkId } from './ids.ts';

export const scopeCodec = struct({
  version,
  networkId,
  custodyKeyId: hash,
  groupId,
  epoch: uint64,
  leafIndex: uint32,
  deviceId,
  day: uint32,
});

export type Scope = Infer<typeof scopeCodec>;

/** H("AC1 scope", Scope). */
export function scopeHash(scope: Scope): Hash {
  return labelledHash('AC1 scope', encode(scopeCodec, scope));
}

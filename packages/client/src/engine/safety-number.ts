/** Safety numbers: what two members read to each other, to know that nobody stands between them. */
import { compare, concat, fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import type { DeviceCert } from '@countersign/custody';

/** Each further hash makes a search for a matching number that much dearer. */
const ROUNDS = 5200;
const DIGITS_PER_BLOCK = 5;
const BLOCKS = 6;
const BYTES_PER_BLOCK = 5;

/** One side: an account with the certificates of all its devices. */
export interface SafetyParty {
  readonly accountId: Uint8Array;
  readonly devices: readonly Pick<DeviceCert, 'deviceId' | 'mlsSigKey' | 'envSigKey'>[];
}

/** Twelve groups of five digits, the same on both sides; another device or key on either side changes it. */
export function deriveSafetyNumber(a: SafetyParty, b: SafetyParty): string {
  const sides = [a, b].sort((x, y) => compare(x.accountId, y.accountId));
  return sides.flatMap((side) => digitsOf(fingerprint(side))).join(' ');
}

function fingerprint({ accountId, devices }: SafetyParty): Uint8Array {
  const keys = devices.map(({ deviceId, mlsSigKey, envSigKey }) => concat(deviceId, mlsSigKey, envSigKey)).sort(compare);
  const named = concat(fromUtf8('countersign safety number\0'), accountId, ...keys);
  let digest = crypto.sha256(named);
  for (let round = 1; round < ROUNDS; round++) digest = crypto.sha256(concat(digest, named));
  return digest;
}

function digitsOf(digest: Uint8Array): string[] {
  return Array.from({ length: BLOCKS }, (_, block) => {
    let value = 0;
    for (const byte of digest.subarray(block * BYTES_PER_BLOCK, (block + 1) * BYTES_PER_BLOCK)) value = value * 256 + byte;
    return String(value % 10 ** DIGITS_PER_BLOCK).padStart(DIGITS_PER_BLOCK, '0');
  });
}

/** KeyDestroyed: a custodian states that its share is gone; enough of them make a custody key unreadable for good (PROTOCOL 13). */
import { ensure, type Infer, struct, uint8, uint32, uint64, version } from '@countersign/bytes';
import { hash, type SigKey, sig } from './ids.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const keyDestroyedCodec = struct({
  version,
  custodyKeyId: hash,
  shareGen: uint32,
  index: uint8,
  method: uint8,
  time: uint64,
  sig,
});
export type KeyDestroyed = Infer<typeof keyDestroyedCodec>;

const DAY_S = 86_400n;

/** Signed by the custodian. */
export function createKeyDestroyed(body: Omit<KeyDestroyed, 'sig'>, custodianSeed: Uint8Array): KeyDestroyed {
  return createSigned(keyDestroyedCodec, 'AC1 destroyed', body, custodianSeed);
}

/** The statement, proven to be signed by `custodianKey`; else `object.signature_invalid`. */
export function verifyKeyDestroyed(statement: KeyDestroyed, custodianKey: SigKey): KeyDestroyed {
  ensure(isSignedBy(keyDestroyedCodec, 'AC1 destroyed', statement, custodianKey), 'object.signature_invalid');
  return statement;
}

/** The first unix second at which shares of a key are to be destroyed, unless a preservation order holds. */
export function destructionDue(toDay: number, retentionDays: number): bigint {
  return DAY_S * (BigInt(toDay) + BigInt(retentionDays) + 1n);
}

/** Whether too few shares of a generation are left to combine: n - t + 1 of them are gone. */
export function isGenerationDestroyed(t: number, n: number, destroyedIndices: ReadonlySet<number>): boolean {
  const ofGeneration = [...destroyedIndices].filter((index) => index >= 1 && index <= n);
  return ofGeneration.length >= n - t + 1;
}

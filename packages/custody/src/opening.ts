/** Openings: a committed entry made readable for everybody (type 19), or for one holder who can open it at its date (PROTOCOL 11.2). */
import { concat, ensure, fixed, type Infer, opaque, struct, u64, uint64 } from '@countersign/bytes';
import { labelled, type Random } from '@countersign/crypto';
import { createSealed, openSealed } from '@countersign/threshold';
import { type Hash, type Point65, point65 } from './ids.ts';
import { type EntrySecret, SALT_BYTES } from './secret-payload.ts';

const NO_AAD = new Uint8Array(0);

/** The payload of a type 19 entry. */
export const openingCodec = struct({ index: uint64, salt: fixed(SALT_BYTES), payload: opaque(1, 64_900) });
export type Opening = Infer<typeof openingCodec>;

/** Salt and SecretPayload for one custodian or authority: no single party can keep an entry shut at its date. */
export const sealedOpeningCodec = struct({ index: uint64, enc: point65, sealed: opaque(17, 65_535) });
export type SealedOpening = Infer<typeof sealedOpeningCodec>;

/** A custodian, or an authority with role 3. */
export interface OpeningRecipient {
  readonly keyId: Hash;
  readonly hpkeKey: Point65;
}

/** Sealed to `recipient`, a valid point: the HPKE key of a custodian or of an authority with role 3. */
export function createSealedOpening(index: bigint, secret: EntrySecret, recipient: Point65, random: Random): SealedOpening {
  const { enc, sealed } = createSealed(recipient, openingInfo(index), NO_AAD, concat(secret.salt, secret.payload), random);
  return { index, enc, sealed };
}

/** The opening, which its holder checks against the entry at once; a seal that does not open is `log.opening_missing`. */
export function openSealedOpening({ index, enc, sealed }: SealedOpening, secretKey: Uint8Array): Opening {
  const opened = openSealed(secretKey, openingInfo(index), NO_AAD, { enc, sealed });
  ensure(opened !== null && opened.length > SALT_BYTES, 'log.opening_missing', { index });
  return { index, salt: opened.subarray(0, SALT_BYTES), payload: opened.subarray(SALT_BYTES) };
}

function openingInfo(index: bigint): Uint8Array {
  return labelled('AC1 opening', u64(index));
}

/** The fixed-length names and numbers of PROTOCOL 3 that every AC1 struct is built from. */
import { fixed, type Infer, map, opaque, refine, uint8, uint16 } from '@countersign/bytes';

export const networkId = fixed<'NetworkId'>(16);
export const accountId = fixed<'AccountId'>(16);
export const deviceId = fixed<'DeviceId'>(16);
export const agencyId = fixed<'AgencyId'>(16);
export const officerId = fixed<'OfficerId'>(16);
export const orderId = fixed<'OrderId'>(16);
export const organisationId = fixed<'OrganisationId'>(16);
export const msgId = fixed<'MsgId'>(16);
export const hash = fixed<'Hash'>(32);
export const scalar = fixed<'Scalar'>(32);
export const point65 = fixed<'Point65'>(65);
export const point33 = fixed<'Point33'>(33);
export const sigKey = fixed<'SigKey'>(32);
export const sig = fixed<'Sig'>(64);
export const groupId = opaque(1, 64);

/** ISO 3166-1 alpha-2; each letter in A-Z, else `decode.value`. */
export const territory = map(
  refine(fixed<'Territory'>(2), (letters) => letters.every((letter) => letter >= 0x41 && letter <= 0x5a)),
  (letters) => String.fromCharCode(...letters),
  (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
);

/** 1 authority, 2 duty authority, 3 oversight, 4 requesting officer, 5 order reviewer, 6 registrar, 7 reader gateway (PROTOCOL 1). */
export const role = uint8;
/** Of the registry in the profile's annex. */
export const purpose = uint16;

export type NetworkId = Infer<typeof networkId>;
export type AccountId = Infer<typeof accountId>;
export type DeviceId = Infer<typeof deviceId>;
export type AgencyId = Infer<typeof agencyId>;
export type OfficerId = Infer<typeof officerId>;
export type OrderId = Infer<typeof orderId>;
export type MsgId = Infer<typeof msgId>;
export type Hash = Infer<typeof hash>;
export type Territory = Infer<typeof territory>;
export type OrganisationId = Infer<typeof organisationId>;
export type GroupId = Infer<typeof groupId>;
export type Point65 = Infer<typeof point65>;
export type Point33 = Infer<typeof point33>;
export type Scalar = Infer<typeof scalar>;
export type SigKey = Infer<typeof sigKey>;
export type Sig = Infer<typeof sig>;

/** The fixed-length fields of PROTOCOL 3 that the threshold structs are built from. Points and scalars are checked where they are used. */
import { fixed, type Infer } from '@countersign/bytes';

export const hash = fixed<'Hash'>(32);
export const networkId = fixed<'NetworkId'>(16);
export const scalar = fixed<'Scalar'>(32);
export const point33 = fixed<'Point33'>(33);
export const point65 = fixed<'Point65'>(65);
export const sigKey = fixed<'SigKey'>(32);
export const sig = fixed<'Sig'>(64);

export type Hash = Infer<typeof hash>;
export type Scalar = Infer<typeof scalar>;
export type Point33 = Infer<typeof point33>;
export type Point65 = Infer<typeof point65>;

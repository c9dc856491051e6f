/** One custodian as ceremonies and custody keys list him (PROTOCOL 4). */
import { type Infer, opaque, struct, uint8 } from '@countersign/bytes';
import { point33, point65, sigKey } from '../wire.ts';

/** `Yi` is all zeros in a CeremonyOpen; `hpkeKey` there is made for that ceremony alone. */
export const custodianCodec = struct({
  index: uint8,
  name: opaque(1, 255),
  Yi: point33,
  sigKey,
  hpkeKey: point65,
});
export type Custodian = Infer<typeof custodianCodec>;

/** DleqContext: what one partial decryption is bound to (PROTOCOL 8). */
import { fixed, type Infer, struct, uint8, uint32, version } from '@countersign/bytes';
import { hash } from './wire.ts';

export const dleqContextCodec = struct({
  version,
  orderHash: hash,
  grantId: hash,
  agencyId: fixed<'AgencyId'>(16),
  /** Of the custodian, from 1. */
  index: uint8,
  /** Counts resharings; parts of two generations never combine. */
  shareGen: uint32,
});
export type DleqContext = Infer<typeof dleqContextCodec>;

/** A release of custodian 1 to the German gateway, with a true share. */
import { createPartial } from '@countersign/threshold';
import { createRelease, type Release } from '../src/index.ts';
import { agencies, bytesOf, publicKeyOf, randomOf, shareOf, Y } from './court.ts';

export const sampleContext = {
  orderHash: bytesOf('order hash'),
  grantId: bytesOf('grant id'),
  agencyId: agencies.de.id,
  index: 1,
  shareGen: 1,
};
export const sampleCustodians = [1, 2, 3].map((i) => publicKeyOf(`custodian ${i}`));

export function createSampleRelease(): Release {
  // Any valid point serves as a grant's enc.
  const share = createPartial(shareOf(1), Y, sampleContext, randomOf('dleq'));
  const to = { requestIndex: 9n, context: sampleContext, readerHpkeKey: agencies.de.gateway.publicKey };
  return createRelease(to, share, bytesOf('custodian 1'), randomOf('seal'));
}

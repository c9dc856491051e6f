/** A custody key of any size, signed by custodians and root from fixed seeds. */
import { crypto } from '@countersign/crypto';
import { encodePoint33, parsePoint65 } from '@countersign/threshold';
import { type CustodyKey, type CustodyKeyBody, custodyKeyId, signCustodyKey } from '../src/index.ts';
import { bytesOf, DAY, networkId, Y } from './messenger.ts';

export const rootSeed = bytesOf('root');
export const rootKey = crypto.ed25519PublicKey(rootSeed);

export function custodyKeyOf(t: number, n: number): { body: CustodyKeyBody; key: CustodyKey } {
  const seeds = Array.from({ length: n }, (_, i) => bytesOf(`custodian ${i + 1}`));
  const body: CustodyKeyBody = {
    networkId,
    fromDay: DAY - 10,
    Y,
    custodyKeyId: custodyKeyId(networkId, DAY - 10, Y),
    t,
    n,
    shareGen: 0,
    custodians: seeds.map((seed, i) => ({
      index: i + 1,
      name: new TextEncoder().encode(`custodian ${i + 1}`),
      Yi: encodePoint33(parsePoint65(crypto.p256PublicKey(seed))),
      sigKey: crypto.ed25519PublicKey(seed),
      hpkeKey: crypto.p256PublicKey(bytesOf(`hpke ${i + 1}`)),
    })),
    transcriptHash: bytesOf('transcript'),
  };
  return { body, key: { ...body, sigs: [...seeds, rootSeed].map((seed) => signCustodyKey(body, seed)) } };
}

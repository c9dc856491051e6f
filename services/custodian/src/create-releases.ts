/** What the share is touched for: D_i = x_i * enc with its proof, sealed to the reader that the order names, and signed (PROTOCOL 8). */
import { encode, ensure } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { createRelease, type ReleasePlan, releaseCodec } from '@countersign/custody';
import { createPartial } from '@countersign/threshold';
import { type CustodianSecrets, shareOf } from './secrets.ts';

/** One encoded Release for each grant of a plan that the gate gave, in its order; pauses after each. */
export function* createReleases(plan: ReleasePlan, secrets: CustodianSecrets, random: Random): Generator<void, Uint8Array[]> {
  const releases: Uint8Array[] = [];
  for (const { grant, grantId, scope } of plan.grants) {
    const share = shareOf(secrets, scope.custodyKeyId);
    ensure(share !== null, 'release.share_gen_mismatch'); // destroyed since the gate
    const { index, shareGen, x } = share;
    const context = { orderHash: plan.orderHash, grantId, agencyId: plan.reader.agencyId, index, shareGen };
    const partial = createPartial(x, grant.head.enc, context, random);
    const to = { requestIndex: plan.requestIndex, context, readerHpkeKey: plan.reader.readerHpkeKey };
    releases.push(encode(releaseCodec, createRelease(to, partial, secrets.sigSeed, random)));
    yield;
  }
  return releases;
}

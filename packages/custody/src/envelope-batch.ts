/** EnvelopeBatch: the log's list of accepted envelopes, which keeps a relay from withholding one unseen (PROTOCOL 9; log type 13). */
import { Ac1Error, ensure, equal, type Infer, struct, uint32, uint64 } from '@countersign/bytes';
import { entryHash, merkleRoot, verifyInclusion } from '@countersign/tlog';
import { type Hash, hash } from './ids.ts';
import type { RelayStamp } from './stamp.ts';

export const envelopeBatchCodec = struct({
  batch: uint64,
  count: uint32,
  /** Of the Merkle tree over the env_hash values in stamp order. */
  root: hash,
});
export type EnvelopeBatch = Infer<typeof envelopeBatchCodec>;

export function createEnvelopeBatch(batch: bigint, envHashes: readonly Hash[]): EnvelopeBatch {
  return { batch, count: envHashes.length, root: merkleRoot(envHashes.map(entryHash)) };
}

/**
 * The promise of a stamp, once due: its batch lists the envelope at `index`, by the sibling hashes of `path`. Anything else is
 * `log.promise_broken`.
 */
export function verifyBatchPromise(
  batch: EnvelopeBatch,
  stamp: Pick<RelayStamp, 'batch' | 'envHash'>,
  index: number,
  path: readonly Hash[],
): void {
  ensure(batch.batch === stamp.batch, 'log.promise_broken');
  try {
    verifyInclusion(entryHash(stamp.envHash), index, { size: batch.count, root: batch.root }, path);
  } catch (cause) {
    throw new Ac1Error('log.promise_broken', {}, { cause });
  }
}

/** The list that a reader or auditor was given is the batch's, complete and in order; else `log.promise_broken`. */
export function verifyBatchList(batch: EnvelopeBatch, envHashes: readonly Hash[]): void {
  ensure(batch.count === envHashes.length, 'log.promise_broken');
  ensure(equal(createEnvelopeBatch(batch.batch, envHashes).root, batch.root), 'log.promise_broken');
}

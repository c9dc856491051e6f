/** What an evidence file takes from the database: releases, envelopes, stamps, batches and what opens their entries (PROTOCOL 14). */
import { fromBinary } from '@bufbuild/protobuf';
import { encode } from '@countersign/bytes';
import {
  createEnvelopeBatch,
  type EntrySecret,
  EntryType,
  encodeSecretPayload,
  envelopeBatchCodec,
  type Hash,
  type OrderId,
} from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { custodianFrames } from '@countersign/wire';

const HASH_BYTES = 32;

export interface StoredGrantKey {
  readonly agencyId: Uint8Array;
  readonly indices: readonly number[];
  readonly releases: readonly Uint8Array[];
}

export interface StoredMail {
  readonly envHash: Hash;
  readonly seq: bigint;
  readonly logIndex: bigint;
  readonly envelope: Uint8Array;
  readonly stamp: Uint8Array;
}

export interface StoredBatch {
  readonly index: bigint;
  readonly envHashes: readonly Hash[];
  readonly secret: EntrySecret;
}

export class EvidenceStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Null for a grant whose key is not held under the order. */
  async grantKey(orderId: OrderId, grantId: Hash): Promise<StoredGrantKey | null> {
    const [row] = await this.#sql<{ agency_id: Buffer; indices: Buffer; releases: Buffer }[]>`
      select agency_id, indices, releases from grant_key where order_id = ${orderId} and grant_id = ${grantId}`;
    if (row === undefined) return null;
    const { releases } = fromBinary(custodianFrames.ReleaseReplySchema, row.releases);
    return { agencyId: row.agency_id, indices: [...row.indices], releases };
  }

  /** The chain of a grant from its first envelope on. */
  async mailOf(grantId: Hash): Promise<StoredMail[]> {
    const rows = await this.#sql<{ env_hash: Buffer; seq: bigint; log_index: bigint; envelope: Buffer; stamp: Buffer }[]>`
      select env_hash, seq, log_index, envelope, stamp from envelope e where grant_id = ${grantId}
        and not exists (select from open_fault f where f.grant_id = e.grant_id and f.env_hash = e.env_hash)
      order by seq`;
    return rows.map((row) => ({ ...row, envHash: row.env_hash, logIndex: row.log_index }));
  }

  async batchAt(index: bigint): Promise<StoredBatch> {
    const [row] = await this.#sql<{ batch: bigint; salt: Buffer; env_hashes: Buffer }[]>`
      select batch, salt, env_hashes from intake_batch where log_index = ${index}`;
    if (row === undefined) throw new Error('an envelope without its batch');
    const count = row.env_hashes.length / HASH_BYTES;
    const envHashes = Array.from({ length: count }, (_, i) => row.env_hashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1)));
    const body = encode(envelopeBatchCodec, createEnvelopeBatch(row.batch, envHashes));
    return { index, envHashes, secret: { salt: row.salt, payload: encodeSecretPayload(EntryType.envelopeBatch, body) } };
  }

  /** By log index: what opens the custodians' entries about an order. */
  async releaseSecrets(orderId: OrderId): Promise<Map<bigint, EntrySecret>> {
    const rows = await this.#sql<{ log_index: bigint; salt: Buffer; body: Buffer }[]>`
      select log_index, salt, body from release_entry where order_id = ${orderId}`;
    return new Map(
      rows.map(({ log_index, salt, body }) => [log_index, { salt, payload: encodeSecretPayload(EntryType.release, body) }]),
    );
  }
}

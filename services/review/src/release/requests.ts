/** The release requests that this gateway made or was given, until custodians have answered them; they survive a restart (PROTOCOL 11.3). */
import { concat, decode, encode } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { type Hash, type OrderId, type ReleaseRequest, releaseRequestCodec } from '@countersign/custody';
import type { Sql } from '@countersign/db';

/** grant_ids<32..32768>. */
export const GRANTS_PER_REQUEST_MAX = 1024;

export class RequestStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async add(orderId: OrderId, request: ReleaseRequest, nowMs: number): Promise<void> {
    await this.#sql`insert into release_request (request_id, order_id, agency_id, request, made_ms)
      values (${request.requestId}, ${orderId}, ${request.agencyId}, ${encode(releaseRequestCodec, request)}, ${nowMs})
      on conflict do nothing`;
  }

  async setIndex(request: ReleaseRequest, index: bigint): Promise<void> {
    await this.#sql`update release_request set log_index = ${index} where request_id = ${request.requestId}`;
  }

  async settle(request: ReleaseRequest, outcome: string): Promise<void> {
    await this.#sql`update release_request set outcome = ${outcome} where request_id = ${request.requestId}`;
  }

  async unsettled(): Promise<{ readonly orderId: OrderId; readonly request: ReleaseRequest }[]> {
    const rows = await this.#sql<{ order_id: Buffer; request: Buffer }[]>`
      select order_id, request from release_request where outcome is null order by made_ms`;
    return rows.map(({ order_id, request }) => ({ orderId: order_id, request: decode(releaseRequestCodec, request) }));
  }

  /** What opens a custodian's type 15 entry: evidence shows that the releases were logged (PROTOCOL 14). */
  async storeReleaseEntry(orderId: OrderId, index: bigint, salt: Uint8Array, releases: readonly Uint8Array[]): Promise<void> {
    const body = concat(...releases.map((release) => crypto.sha256(release)));
    await this.#sql`insert into release_entry (order_id, log_index, salt, body) values (${orderId}, ${index}, ${salt}, ${body})
      on conflict do nothing`;
  }

  /** Custodians refused the scope to the agency for good. */
  async refuse(grantId: Hash, orderId: OrderId, agencyId: Uint8Array, code: string): Promise<void> {
    await this.#sql`insert into scope_refusal (grant_id, order_id, agency_id, code)
      values (${grantId}, ${orderId}, ${agencyId}, ${code}) on conflict do nothing`;
  }

  /** Agencies, by grant. */
  async refusals(orderId: OrderId): Promise<{ readonly grantId: Hash; readonly agencyId: Uint8Array }[]> {
    const rows = await this.#sql<{ grant_id: Buffer; agency_id: Buffer }[]>`
      select grant_id, agency_id from scope_refusal where order_id = ${orderId}`;
    return rows.map(({ grant_id, agency_id }) => ({ grantId: grant_id, agencyId: agency_id }));
  }
}

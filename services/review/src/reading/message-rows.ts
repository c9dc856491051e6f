/** Finds messages of an order in the archive: still sealed, and not yet decided upon (ARCHITECTURE). */
import type { GroupId, Hash, MsgId, OrderId } from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { bigintArray } from '../archive/archive.ts';

export interface MessageRow {
  readonly orderId: OrderId;
  readonly position: bigint;
  readonly grantId: Hash;
  readonly envHash: Hash;
  readonly msgId: MsgId;
  readonly seq: bigint;
  readonly sentMs: bigint;
  readonly recvMs: bigint;
  readonly sealed: Uint8Array;
  readonly sealedDataKey: Uint8Array;
  readonly groupId: GroupId;
  readonly deviceId: Uint8Array;
  readonly accountId: Uint8Array;
  readonly day: bigint;
  readonly handle: string;
}

interface DbRow {
  readonly order_id: Buffer;
  readonly position: bigint;
  readonly grant_id: Buffer;
  readonly env_hash: Buffer;
  readonly msg_id: Buffer;
  readonly seq: bigint;
  readonly sent_ms: bigint;
  readonly recv_ms: bigint;
  readonly sealed: Buffer;
  readonly sealed_data_key: Buffer;
  readonly group_id: Buffer;
  readonly device_id: Buffer;
  readonly account_id: Buffer;
  readonly day: bigint;
  readonly handle: string;
}

export class MessageRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Of these orders, in the order of arrival, after the position. */
  async after(orderIds: readonly OrderId[], position: bigint, limit: number): Promise<MessageRow[]> {
    if (orderIds.length === 0) return [];
    const sql = this.#sql;
    return this.#rows(
      sql`where o.order_id in ${sql([...orderIds])} and o.position > ${position} order by o.position limit ${limit}`,
    );
  }

  async byId(orderId: OrderId, msgId: MsgId): Promise<MessageRow[]> {
    return this.#rows(this.#sql`where o.order_id = ${orderId} and m.msg_id = ${msgId} order by o.position`);
  }

  /** Newest first, before `beforeMs` of receipt. */
  async conversation(orderId: OrderId, groupId: GroupId, beforeMs: bigint, limit: number): Promise<MessageRow[]> {
    return this.#rows(this.#sql`where o.order_id = ${orderId} and s.group_id = ${groupId} and m.recv_ms < ${beforeMs}
      order by m.recv_ms desc, o.position desc limit ${limit}`);
  }

  /**
   * Those that have all tokens, newest first. The sum in the ordering keeps the planner from walking the archive by time for a rare word.
   */
  async search(orderId: OrderId, tokens: readonly bigint[], beforeMs: bigint, limit: number): Promise<MessageRow[]> {
    return this.#rows(this
      .#sql`where o.order_id = ${orderId} and m.tok @> ${bigintArray(tokens)}::bigint[] and m.recv_ms < ${beforeMs}
      order by (m.recv_ms + 0) desc, o.position desc limit ${limit}`);
  }

  async #rows(tail: ReturnType<Sql>): Promise<MessageRow[]> {
    const rows = (await this.#sql`
      select o.order_id, o.position, m.grant_id, m.env_hash, m.msg_id, m.seq, m.sent_ms, m.recv_ms, m.sealed, k.sealed_data_key,
        s.group_id, s.device_id, s.account_id, s.day, s.handle
      from order_message o
      join message m on m.grant_id = o.grant_id and m.env_hash = o.env_hash
      join grant_key k on k.grant_id = o.grant_id and k.order_id = o.order_id
      join scope s on s.grant_id = o.grant_id ${tail}`) as unknown as DbRow[];
    return rows.map((row) => ({
      orderId: row.order_id,
      position: row.position,
      grantId: row.grant_id,
      envHash: row.env_hash,
      msgId: row.msg_id,
      seq: row.seq,
      sentMs: row.sent_ms,
      recvMs: row.recv_ms,
      sealed: row.sealed,
      sealedDataKey: row.sealed_data_key,
      groupId: row.group_id,
      deviceId: row.device_id,
      accountId: row.account_id,
      day: row.day,
      handle: row.handle,
    }));
  }
}

/**
 * Archive: what was opened under an order, sealed again under a data key of its grant, which is wrapped once for each order that covers it.
 * Plain text and K are never written; when an order's key is gone, nothing of it opens (ARCHITECTURE).
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { Ac1Error } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  acceptedOrNull,
  CHAIN_START,
  type ChainState,
  decodeContent,
  type Hash,
  type Order,
  type OrderId,
  OrderMode,
  openEnvelopeContent,
  type ParsedEnvelope,
  parseEnvelope,
} from '@countersign/custody';
import { type Sql, type Transaction, transact } from '@countersign/db';
import type { LogDirectory } from '@countersign/service';
import { custodianFrames } from '@countersign/wire';
import type { KnownScope } from '../intake/scope.ts';
import type { CollectedKey } from '../release/share-collector.ts';
import { keyOf } from '../store/sealed-mail.ts';
import { walkChain } from './chain-walk.ts';
import { searchText } from './content-text.ts';
import type { OrderKeys } from './order-keys.ts';
import type { Tokens } from './tokens.ts';
import { KEY_BYTES, open, seal } from './vault.ts';

/** Chains whose state is kept in memory; another one is walked from its start again. */
const CHAINS_MAX = 20_000;
const ROWS_AT_ONCE = 64;

export interface ArchiveParts {
  readonly sql: Sql;
  readonly keys: OrderKeys;
  readonly tokens: Tokens;
  readonly directory: LogDirectory;
  readonly nowMs: () => number;
  readonly random: Random;
  /** Messages can be read that could not before. */
  readonly onMessages: () => void;
}

/** An order that a grant's key is held under. */
interface HeldOrder {
  readonly orderId: OrderId;
  readonly fromMs: bigint;
  readonly K: Uint8Array;
  readonly dataKey: Uint8Array;
}

export class Archive {
  readonly #parts: ArchiveParts;
  readonly #chains = new Map<string, ChainState>();
  /** In hex: orders that reading goes on under. */
  readonly #orders = new Map<string, Order>();
  #position: bigint;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(parts: ArchiveParts, position: bigint) {
    this.#parts = parts;
    this.#position = position;
  }

  static async open(parts: ArchiveParts): Promise<Archive> {
    const [row] = await parts.sql<{ last: bigint | null }[]>`select max(position) as last from order_message`;
    return new Archive(parts, row?.last ?? 0n);
  }

  /** The order is in force; its key exists from here on. */
  async admitOrder(order: Order): Promise<void> {
    await this.#parts.keys.create(order.orderId);
    this.#orders.set(keyOf(order.orderId), order);
  }

  isAdmitted(orderId: OrderId): boolean {
    return this.#orders.has(keyOf(orderId));
  }

  /** Keeps K under the order, and archives what it opens. */
  async storeKey(order: Order, agencyId: Uint8Array, requestIndex: bigint, collected: CollectedKey): Promise<void> {
    const { sql, keys, random } = this.#parts;
    const { orderId } = order;
    const { grantId } = collected.scope;
    await this.#serially(async () => {
      const orderKey = keys.of(orderId);
      if (orderKey === null) throw new Ac1Error('order.expired');
      await transact(sql, random, async (tx) => {
        const dataKey = (await this.#dataKeyOf(tx, grantId)) ?? random(KEY_BYTES);
        await tx`insert into grant_key ${tx({
          grant_id: grantId,
          order_id: orderId,
          agency_id: agencyId,
          request_index: requestIndex,
          indices: Uint8Array.from(collected.indices),
          sealed_k: seal(orderKey, ['K', grantId, orderId], collected.K, random),
          sealed_data_key: seal(orderKey, ['data key', grantId, orderId], dataKey, random),
          releases: toBinary(
            custodianFrames.ReleaseReplySchema,
            create(custodianFrames.ReleaseReplySchema, { releases: [...collected.releases] }),
          ),
        })} on conflict do nothing`;
      });
      await this.#openNew(collected.scope);
    });
    this.#parts.onMessages();
  }

  /** Opens what has been stored of a grant since the last time, under each order that holds its key. */
  async extend(scope: KnownScope): Promise<void> {
    await this.#serially(() => this.#openNew(scope));
    this.#parts.onMessages();
  }

  /** Grants of these that a key is held of. */
  async heldOf(grantIds: readonly Hash[]): Promise<Hash[]> {
    if (grantIds.length === 0) return [];
    const rows = await this.#parts.sql<{ grant_id: Buffer }[]>`
      select distinct grant_id from grant_key where grant_id in ${this.#parts.sql([...grantIds])}`;
    return rows.map(({ grant_id }) => grant_id);
  }

  /** Grants whose key is held under the order. */
  async grantsOf(orderId: OrderId): Promise<Hash[]> {
    const rows = await this.#parts.sql<{ grant_id: Buffer }[]>`select grant_id from grant_key where order_id = ${orderId}`;
    return rows.map(({ grant_id }) => grant_id);
  }

  /**
   * The order has ended (PROTOCOL 12 rule 5): its key, every K under it, and each message and token that no other order covers. The grants
   * that it had opened are due for their destroy events then.
   */
  async destroyOrder(orderId: OrderId): Promise<void> {
    const { sql, keys, tokens, random } = this.#parts;
    this.#orders.delete(keyOf(orderId));
    keys.forget(orderId); // before anything that can fail
    const facet = tokens.ofOrder(orderId);
    await this.#serially(() =>
      transact(sql, random, async (tx) => {
        await tx`delete from order_key where order_id = ${orderId}`;
        await tx`insert into destroy_due (order_id, grant_id) select order_id, grant_id from grant_key where order_id = ${orderId}
          on conflict do nothing`;
        await tx`delete from order_message where order_id = ${orderId}`;
        await tx`delete from message m using grant_key k
          where k.order_id = ${orderId} and m.grant_id = k.grant_id
            and not exists (select from order_message o where o.grant_id = m.grant_id and o.env_hash = m.env_hash)`;
        await tx`update message m set tok = array_remove(tok, ${facet}) from grant_key k
          where k.order_id = ${orderId} and m.grant_id = k.grant_id`;
        await tx`delete from grant_key where order_id = ${orderId}`;
      }),
    );
  }

  /** One after the other: positions then ascend in the order of the commits, and a cursor passes nothing over. */
  #serially<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #openNew(scope: KnownScope): Promise<void> {
    const { sql, random } = this.#parts;
    const walked = await this.#walk(scope);
    await transact(sql, random, async (tx) => {
      await this.#writeFaults(tx, scope.grantId, walked);
      const held = await this.#heldOrders(tx, scope.grantId);
      if (held.length === 0) return;
      await this.#openClosed(tx, scope.grantId, held);
      for (const order of held) await this.#list(tx, scope.grantId, order);
    });
    this.#remember(scope.grantId, walked.chain);
  }

  /** Checks what was stored behind the chain's last known place. */
  async #walk({ grantId, grant }: KnownScope) {
    const { sql, directory } = this.#parts;
    const chain = this.#chains.get(keyOf(grantId)) ?? CHAIN_START;
    const rows = await sql<{ env_hash: Buffer; envelope: Buffer; stamp: Buffer; is_replay: boolean; msg_id: Buffer }[]>`
      select e.env_hash, e.envelope, e.stamp, e.msg_id,
        exists (select from envelope o where o.msg_id = e.msg_id and o.env_hash <> e.env_hash
          and (o.batch, o.recv_ms) < (e.batch, e.recv_ms)) as is_replay
      from envelope e where e.grant_id = ${grantId} and e.seq > ${chain.lastSeq}
        and not exists (select from open_fault f where f.grant_id = e.grant_id and f.env_hash = e.env_hash)
      order by e.seq, e.batch`;
    const replays = new Set(rows.flatMap(({ is_replay, msg_id }) => (is_replay ? [keyOf(msg_id)] : [])));
    return walkChain(
      chain,
      rows.map(({ env_hash, envelope, stamp }) => ({ envHash: env_hash, envelope, stamp })),
      { grant, relayKeys: directory.relayKeys, profile: directory.profile, isSeen: (id) => replays.has(keyOf(id)) },
    );
  }

  async #writeFaults(tx: Transaction, grantId: Hash, walked: ReturnType<typeof walkChain>): Promise<void> {
    for (const { envHash, code } of walked.faults)
      await tx`insert into open_fault (grant_id, env_hash, code) values (${grantId}, ${envHash}, ${code}) on conflict do nothing`;
    for (const envHash of walked.gaps)
      await tx`insert into intake_gap (batch, env_hash, seen_ms)
        select batch, env_hash, ${this.#parts.nowMs()} from envelope where grant_id = ${grantId} and env_hash = ${envHash}
        on conflict do nothing`;
  }

  /** The one data key of a grant, by whatever order's key we hold. */
  async #dataKeyOf(tx: Transaction, grantId: Hash): Promise<Uint8Array | null> {
    const rows = await tx<{ order_id: Buffer; sealed_data_key: Buffer }[]>`
      select order_id, sealed_data_key from grant_key where grant_id = ${grantId}`;
    for (const { order_id, sealed_data_key } of rows) {
      const orderKey = this.#parts.keys.of(order_id);
      if (orderKey !== null) return open(orderKey, ['data key', grantId, order_id], sealed_data_key);
    }
    return null;
  }

  async #heldOrders(tx: Transaction, grantId: Hash): Promise<HeldOrder[]> {
    const rows = await tx<{ order_id: Buffer; sealed_k: Buffer; sealed_data_key: Buffer }[]>`
      select order_id, sealed_k, sealed_data_key from grant_key where grant_id = ${grantId} order by order_id`;
    return rows.flatMap(({ order_id, sealed_k, sealed_data_key }) => {
      const orderKey = this.#parts.keys.of(order_id);
      const order = this.#orders.get(keyOf(order_id));
      if (orderKey === null || order === undefined) return [];
      return [
        {
          orderId: order_id,
          // PROTOCOL 12 rule 2: under a live order nothing is opened that was received before it was in force.
          fromMs: order.mode === OrderMode.live ? 1000n * order.notBefore : 0n,
          K: open(orderKey, ['K', grantId, order_id], sealed_k),
          dataKey: open(orderKey, ['data key', grantId, order_id], sealed_data_key),
        },
      ];
    });
  }

  /** Opens the sound envelopes that an order reaches and that are not open yet. */
  async #openClosed(tx: Transaction, grantId: Hash, held: readonly HeldOrder[]): Promise<void> {
    const [{ K, dataKey }] = held as [HeldOrder];
    const [fromMs] = held.map((order) => order.fromMs).sort((a, b) => Number(a - b)) as [bigint];
    const rows = await tx<{ env_hash: Buffer; envelope: Buffer; recv_ms: bigint }[]>`
      select e.env_hash, e.envelope, e.recv_ms from envelope e
      where e.grant_id = ${grantId} and e.recv_ms >= ${fromMs}
        and not exists (select from message m where m.grant_id = e.grant_id and m.env_hash = e.env_hash)
        and not exists (select from open_fault f where f.grant_id = e.grant_id and f.env_hash = e.env_hash)
      order by e.seq`;
    const opened = [];
    for (const row of rows) {
      const parsed = parseEnvelope(row.envelope);
      const content = this.#openContent(parsed, K);
      if (content instanceof Ac1Error) {
        await tx`insert into open_fault (grant_id, env_hash, code) values (${grantId}, ${row.env_hash}, ${content.code}) on conflict do nothing`;
        continue;
      }
      opened.push(this.#messageRow(grantId, parsed, row, content, dataKey));
    }
    for (let i = 0; i < opened.length; i += ROWS_AT_ONCE)
      await tx`insert into message ${tx(opened.slice(i, i + ROWS_AT_ONCE))} on conflict do nothing`;
  }

  #openContent(parsed: ParsedEnvelope, K: Uint8Array): Uint8Array | Ac1Error {
    try {
      return openEnvelopeContent(parsed, K, null);
    } catch (error) {
      if (error instanceof Ac1Error) return error;
      throw error;
    }
  }

  #messageRow(
    grantId: Hash,
    { hdr }: ParsedEnvelope,
    row: { readonly env_hash: Buffer; readonly recv_ms: bigint },
    content: Uint8Array,
    dataKey: Uint8Array,
  ) {
    // Content of a kind that we do not know is kept, and shown as not supported.
    const decoded = acceptedOrNull(() => decodeContent(content));
    const words = decoded === null ? [] : this.#parts.tokens.ofText(searchText(decoded));
    return {
      grant_id: grantId,
      env_hash: row.env_hash,
      msg_id: hdr.msgId,
      seq: hdr.seq,
      sent_ms: hdr.sentMs,
      recv_ms: row.recv_ms,
      sealed: seal(dataKey, ['content', grantId, row.env_hash], content, this.#parts.random),
      tok: bigintArray(words),
    };
  }

  /** Gives the messages of the grant that the order reaches their place in its feed, and its facet. */
  async #list(tx: Transaction, grantId: Hash, { orderId, fromMs }: HeldOrder): Promise<void> {
    const rows = await tx<{ env_hash: Buffer }[]>`
      select m.env_hash from message m where m.grant_id = ${grantId} and m.recv_ms >= ${fromMs}
        and not exists (select from order_message o
          where o.grant_id = m.grant_id and o.env_hash = m.env_hash and o.order_id = ${orderId})
      order by m.seq`;
    if (rows.length === 0) return;
    const listed = rows.map(({ env_hash }) => {
      this.#position += 1n;
      return { grant_id: grantId, env_hash, order_id: orderId, position: this.#position };
    });
    for (let i = 0; i < listed.length; i += ROWS_AT_ONCE)
      await tx`insert into order_message ${tx(listed.slice(i, i + ROWS_AT_ONCE))}`;
    const facet = this.#parts.tokens.ofOrder(orderId);
    await tx`update message set tok = tok || ${facet}::bigint
      where grant_id = ${grantId} and env_hash in ${tx(rows.map(({ env_hash }) => env_hash))}`;
  }

  #remember(grantId: Hash, chain: ChainState): void {
    this.#chains.delete(keyOf(grantId));
    this.#chains.set(keyOf(grantId), chain);
    if (this.#chains.size > CHAINS_MAX) this.#chains.delete(this.#chains.keys().next().value as string);
  }
}

/** PostgreSQL's text form of a bigint[]. */
export function bigintArray(values: readonly bigint[]): string {
  return `{${values.join(',')}}`;
}

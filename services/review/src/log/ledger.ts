/**
 * Ledger: the gateway's own log entries about orders (requests, receipts, read events, manifests). Each is kept in the database before it
 * is appended, so that none is lost or made twice; entries of one order go one after the other (PROTOCOL 11.2, prev_index; 12, prev_event).
 */
import { decode, encode, equal, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  commit,
  type EntrySecret,
  EntryType,
  encodeSecretPayload,
  type Hash,
  type OrderId,
  type ReadEvent,
  readEventCodec,
  readEventHash,
  SALT_BYTES,
} from '@countersign/custody';
import type { Sql } from '@countersign/db';
import type { AppendedEntry, LogMirror, LogWriter } from '@countersign/service';
import { AppError } from '@countersign/wire';
import { callForJson } from '../http-call.ts';
import { waitMs } from './territory-openings.ts';

/** Entries of one order that wait. */
const WAITING_MAX = 20_000;
const RETRY_MS = 500;
const NO_EVENT: Hash = new Uint8Array(32);

/** `body` is made when its turn comes: a read event names the one before it. */
export interface LedgerEntry {
  readonly type: EntryType;
  readonly noticeBy: bigint;
  readonly body: (prevEvent: Hash) => Uint8Array;
  /** Somebody waits for it: it goes before those that nobody waits for. */
  readonly isUrgent: boolean;
}

interface Row {
  readonly number: bigint;
  readonly orderId: OrderId;
  readonly type: EntryType;
  readonly body: Uint8Array;
  readonly salt: Uint8Array;
}

interface Waiting extends LedgerEntry {
  readonly resolve: (appended: AppendedEntry) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  readonly urgent: Waiting[];
  readonly others: Waiting[];
  lastEvent: Hash | null;
  isRunning: boolean;
}

export interface LedgerParts {
  readonly sql: Sql;
  readonly writer: LogWriter;
  readonly mirror: LogMirror;
  /** Of the logbook's private port. */
  readonly logUrl: string;
  /** The notice date in force of an order. */
  readonly notifyByOf: (orderId: OrderId) => bigint;
  readonly random: Random;
}

export class Ledger {
  readonly #parts: LedgerParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #ending = new AbortController();
  #number: bigint;

  private constructor(parts: LedgerParts, number: bigint) {
    this.#parts = parts;
    this.#number = number;
  }

  static async open(parts: LedgerParts): Promise<Ledger> {
    const [row] = await parts.sql<{ last: bigint | null }[]>`select max(number) as last from ledger`;
    return new Ledger(parts, row?.last ?? 0n);
  }

  /** Appends what a crash kept from being appended, or finds that it was. Before anything else is. */
  async recover(): Promise<void> {
    const rows = await this.#parts.sql<{ number: bigint; order_id: Buffer; type: number; body: Buffer; salt: Buffer }[]>`
      select number, order_id, type, body, salt from ledger where log_index is null order by number`;
    for (const row of rows) await this.#settle({ ...row, orderId: row.order_id, type: row.type as EntryType });
  }

  /** Resolves when the entry is durable in the log. An Ac1Error is the log's refusal: then there is no entry. */
  append(orderId: OrderId, entry: LedgerEntry): Promise<AppendedEntry> {
    const lane = this.#laneOf(orderId);
    const queue = entry.isUrgent ? lane.urgent : lane.others;
    if (queue.length >= WAITING_MAX) throw new AppError('limit.rate', 'entries waiting for the log');
    return new Promise((resolve, reject) => {
      queue.push({ ...entry, resolve, reject });
      void this.#run(orderId, lane);
    });
  }

  /** The entry at `index` of a body that was appended through this ledger, with its opening; null where there is none. */
  async entryOf(orderId: OrderId, type: EntryType, body: Uint8Array): Promise<AppendedEntry | null> {
    const rows = await this.#parts.sql<{ salt: Buffer; log_index: bigint }[]>`
      select salt, log_index from ledger where order_id = ${orderId} and type = ${type} and body = ${body} and log_index is not null`;
    const [row] = rows;
    return row === undefined ? null : this.#appendedOf(type, body, row.salt, row.log_index);
  }

  /** What opens the entries of an order that this gateway made, by index. */
  async secretsOf(orderId: OrderId): Promise<Map<bigint, EntrySecret>> {
    const rows = await this.#parts.sql<{ type: number; body: Buffer; salt: Buffer; log_index: bigint }[]>`
      select type, body, salt, log_index from ledger where order_id = ${orderId} and log_index is not null`;
    return new Map(
      rows.map(({ type, body, salt, log_index }) => [log_index, { salt, payload: encodeSecretPayload(type as EntryType, body) }]),
    );
  }

  stop(): void {
    this.#ending.abort();
  }

  async #run(orderId: OrderId, lane: Lane): Promise<void> {
    if (lane.isRunning) return;
    lane.isRunning = true;
    for (let next = takeNext(lane); next !== undefined; next = takeNext(lane)) {
      const { type, body: make, resolve, reject } = next;
      try {
        lane.lastEvent ??= await this.#lastEvent(orderId);
        const body = make(lane.lastEvent);
        const row: Row = { number: ++this.#number, orderId, type, body, salt: this.#parts.random(SALT_BYTES) };
        await this.#parts.sql`insert into ledger (number, order_id, type, body, salt)
          values (${row.number}, ${orderId}, ${type}, ${body}, ${row.salt})`;
        const appended = await this.#appendOrSettle(row, next.noticeBy);
        if (type === EntryType.readEvent) lane.lastEvent = readEventHash(decode(readEventCodec, body));
        resolve(appended);
      } catch (error) {
        lane.lastEvent = null;
        reject(error);
      }
    }
    lane.isRunning = false;
  }

  /** An answer that was lost leaves it open whether the entry is there: then it is looked for, until that is known. */
  async #appendOrSettle(row: Row, noticeBy: bigint): Promise<AppendedEntry> {
    try {
      return await this.#appendNew(row, noticeBy);
    } catch (error) {
      if (!(error instanceof AppError)) {
        await this.#parts.sql`delete from ledger where number = ${row.number}`;
        throw error;
      }
    }
    return this.#settle(row);
  }

  async #settle(row: Row): Promise<AppendedEntry> {
    const { signal } = this.#ending;
    for (;;) {
      if (signal.aborted) throw new AppError('internal.unavailable');
      try {
        return (await this.#findAppended(row)) ?? (await this.#appendNew(row, this.#parts.notifyByOf(row.orderId)));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
      await waitMs(RETRY_MS, signal);
    }
  }

  async #appendNew(row: Row, noticeBy: bigint): Promise<AppendedEntry> {
    const { writer, sql } = this.#parts;
    const { type, orderId, body, salt } = row;
    const [appended] = await writer.append([{ type, handle: orderId, noticeBy, body, salt }]);
    const entry = appended as AppendedEntry;
    await sql`update ledger set log_index = ${entry.index} where number = ${row.number}`;
    return entry;
  }

  /** When the copy has the actor's last entry with the handle, it has the one that is looked for, if there is one. */
  async #findAppended({ number, orderId, type, body, salt }: Row): Promise<AppendedEntry | null> {
    const { writer, mirror, logUrl, sql } = this.#parts;
    const { signal } = this.#ending;
    const url = `${logUrl}/v1/actors/${toHex(writer.actorKeyId)}/${toHex(orderId)}`;
    const { last_index } = await callForJson<{ last_index: number | null }>(url, { signal });
    if (last_index === null) return null;
    await mirror.waitForSize(last_index + 1, signal);
    const commitment = commit(salt, encodeSecretPayload(type, body));
    const found = mirror.directory
      .entriesWith(orderId)
      .find(({ entry }) => entry.form === 1 && equal(entry.commitment, commitment));
    if (found === undefined) return null;
    await sql`update ledger set log_index = ${found.index} where number = ${number}`;
    return this.#appendedOf(type, body, salt, found.index);
  }

  async #appendedOf(type: EntryType, body: Uint8Array, salt: Uint8Array, index: bigint): Promise<AppendedEntry> {
    const { mirror } = this.#parts;
    await mirror.waitForSize(Number(index) + 1, this.#ending.signal);
    return { index, entry: mirror.entry(index), salt, payload: encodeSecretPayload(type, body) };
  }

  /** PROTOCOL 12: SHA-256 of this reader's last read event under the order, zeros before the first. */
  async #lastEvent(orderId: OrderId): Promise<Hash> {
    const [row] = await this.#parts.sql<{ body: Buffer }[]>`
      select body from ledger where order_id = ${orderId} and type = ${EntryType.readEvent} and log_index is not null
      order by number desc limit 1`;
    return row === undefined ? NO_EVENT : readEventHash(decode(readEventCodec, row.body));
  }

  #laneOf(orderId: OrderId): Lane {
    const key = toHex(orderId);
    const lane = this.#lanes.get(key) ?? { urgent: [], others: [], lastEvent: null, isRunning: false };
    this.#lanes.set(key, lane);
    return lane;
  }
}

function takeNext({ urgent, others }: Lane): Waiting | undefined {
  return urgent.shift() ?? others.shift();
}

/** The body of a read event's entry. */
export function readEventBody(event: ReadEvent): Uint8Array {
  return encode(readEventCodec, event);
}

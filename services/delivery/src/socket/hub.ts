/** All connections of this process, by device; what other processes did arrives here by doorbell. */
import { create } from '@bufbuild/protobuf';
import { fromHex, toHex } from '@countersign/bytes';
import type { Sql } from '@countersign/db';
import { AppError, deliveryFrames as frames } from '@countersign/wire';
import { CONNECTIONS_PER_DEVICE_MAX } from '../limits.ts';
import { bytesList } from '../store/rows.ts';
import type { Connection } from './connection.ts';

export const TYPING_CHANNEL = 'delivery_typing';
/** Devices asked about in one query. */
const ASKED_AT_ONCE = 5_000;

export class Hub {
  readonly #sql: Sql;
  readonly #byDevice = new Map<string, Set<Connection>>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** `limit.connections` when the device has too many. */
  add(connection: Connection): void {
    const own = this.#byDevice.get(connection.key) ?? new Set();
    if (own.size >= CONNECTIONS_PER_DEVICE_MAX) throw new AppError('limit.connections');
    this.#byDevice.set(connection.key, own.add(connection));
  }

  remove(connection: Connection): void {
    const own = this.#byDevice.get(connection.key);
    own?.delete(connection);
    if (own?.size === 0) this.#byDevice.delete(connection.key);
  }

  ensureRoom(device: string): void {
    if ((this.#byDevice.get(device)?.size ?? 0) >= CONNECTIONS_PER_DEVICE_MAX) throw new AppError('limit.connections');
  }

  of(device: string): Iterable<Connection> {
    return this.#byDevice.get(device) ?? [];
  }

  *all(): Generator<Connection> {
    for (const own of this.#byDevice.values()) yield* own;
  }

  get size(): number {
    return [...this.all()].length;
  }

  /** Another process, or this one, has put mail somewhere: wakes those connections whose mailbox is ahead of what they were pushed. */
  async lookForMail(): Promise<void> {
    for (const devices of this.#parts()) {
      const heads = await this.#sql<{ device_id: Buffer; last_sequence: bigint }[]>`
        select device_id, last_sequence from mailbox_head where device_id = any(${bytesList(this.#sql, devices)})`;
      for (const { device_id, last_sequence } of heads) {
        for (const connection of this.of(toHex(device_id))) if (connection.pushedUpTo < last_sequence) connection.wake();
      }
    }
  }

  /** Closes the sessions of revoked devices. */
  async lookForRevoked(): Promise<void> {
    for (const devices of this.#parts()) {
      const revoked = await this.#sql<{ device_id: Buffer }[]>`
        select device_id from device where device_id = any(${bytesList(this.#sql, devices)}) and revoked_from is not null`;
      for (const { device_id } of revoked) for (const connection of this.of(toHex(device_id))) connection.revoke();
    }
  }

  tellNetworkChanged(): void {
    for (const connection of this.all())
      connection.send(0n, { case: 'networkChanged', value: create(frames.NetworkChangedSchema) });
  }

  /** A payload of TYPING_CHANNEL: group, account and device in hex. */
  async passTyping(payload: string): Promise<void> {
    const [groupId = '', accountId = '', deviceId = ''] = payload.split(' ');
    const members = await this.#sql<{ device_id: Buffer }[]>`
      select device_id from group_member where group_id = ${fromHex(groupId)}`;
    const value = create(frames.TypingSchema, { groupId: fromHex(groupId), accountId: fromHex(accountId) });
    for (const { device_id } of members) {
      const device = toHex(device_id);
      if (device === deviceId) continue;
      for (const connection of this.of(device)) connection.send(0n, { case: 'typing', value });
    }
  }

  *#parts(): Generator<Uint8Array[]> {
    const devices = [...this.#byDevice.keys()].map(fromHex);
    for (let at = 0; at < devices.length; at += ASKED_AT_ONCE) yield devices.slice(at, at + ASKED_AT_ONCE);
  }
}

/** A group's new epoch: its roster is signed, stored with its members, and logged once (PROTOCOL 4.3). */
import { decode, encode, equal, toHex } from '@countersign/bytes';
import { labelledHash, type Random } from '@countersign/crypto';
import {
  createRoster,
  deviceCertCodec,
  EntryType,
  type Roster,
  rosterCodec,
  rosterHandle,
  SALT_BYTES,
} from '@countersign/custody';
import { ringDoorbell, type Sql, type Transaction } from '@countersign/db';
import type { GroupRoster } from '@countersign/mls';
import { AppError, type deliveryFrames as frames } from '@countersign/wire';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { MAIL_CHANNEL } from '../messages/acceptor.ts';
import { findRosters, rosterKey, showRoster } from '../store/rosters.ts';
import { bytesList, insertRows, plain } from '../store/rows.ts';

export interface EpochsOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly relaySeed: Uint8Array;
  readonly relayKey: Uint8Array;
  readonly random: Random;
  readonly nowMs: () => number;
}

export class Epochs {
  readonly #options: EpochsOptions;

  constructor(options: EpochsOptions) {
    this.#options = options;
  }

  /** What MLS says, signed. */
  signRoster(group: GroupRoster): Roster {
    const { networkId } = this.#options.log.directory.profile;
    const members = group.members.map(({ leafIndex, identity }) => {
      const { deviceId, accountId } = decode(deviceCertCodec, identity);
      return { leafIndex, deviceId, accountId };
    });
    const { groupId, epoch, treeHash, confirmedTranscriptHash } = group;
    return createRoster({ networkId, groupId, epoch, treeHash, confirmedTranscriptHash, members }, this.#options.relaySeed);
  }

  /** The roster's row, and the members' rows as far as they differ from `before`. */
  async write(tx: Transaction, roster: Roster, before: Roster | null): Promise<void> {
    const { relayKey, random, nowMs } = this.#options;
    const { groupId, epoch } = roster;
    await tx`insert into group_epoch (group_id, epoch, roster, salt, relay, created_ms)
      values (${groupId}, ${epoch}, ${encode(rosterCodec, roster)}, ${random(SALT_BYTES)}, ${relayKey}, ${nowMs()})`;
    const leaves = (of: Roster | null) => new Map((of?.members ?? []).map((one) => [toHex(one.deviceId), one]));
    const [old, now] = [leaves(before), leaves(roster)];
    const gone = [...old].filter(([id, { leafIndex }]) => now.get(id)?.leafIndex !== leafIndex).map(([, one]) => one.deviceId);
    const fresh = [...now].filter(([id, { leafIndex }]) => old.get(id)?.leafIndex !== leafIndex).map(([, one]) => one);
    if (gone.length > 0)
      await tx`delete from group_member where group_id = ${groupId} and device_id = any(${bytesList(tx, gone)})`;
    await insertRows(
      tx,
      'group_member',
      fresh.map((one) => ({ group_id: groupId, device_id: one.deviceId, account_id: one.accountId, leaf_index: one.leafIndex })),
    );
  }

  /** Logs the roster of an epoch that is stored, if it is not yet, and returns it with what proves it. */
  async log(groupId: Uint8Array, epoch: bigint, isRetry = false): Promise<frames.RosterShown> {
    const { sql, log } = this.#options;
    const [row] = await sql<{ roster: Buffer; salt: Buffer; log_index: bigint | null }[]>`
      select roster, salt, log_index from group_epoch where group_id = ${groupId} and epoch = ${epoch}`;
    if (row === undefined) throw new AppError('input.unknown_group');
    if (row.log_index === null) {
      const { networkId } = log.directory.profile;
      const body = labelledHash('AC1 object', plain(row.roster));
      const handle = rosterHandle({ networkId, groupId, epoch });
      const item = { by: 'relay', type: EntryType.roster, handle, body, salt: plain(row.salt), isRetry } as const;
      const appended = await log.appendKept(item);
      await sql.begin(async (tx) => {
        await tx`update group_epoch set log_index = ${appended.index}, entry = ${appended.entry}, payload = ${appended.payload}
          where group_id = ${groupId} and epoch = ${epoch} and log_index is null`;
        await ringDoorbell(tx, MAIL_CHANNEL);
      });
    }
    return this.show(groupId, epoch);
  }

  /** `input.unknown_group` when the group had no such epoch, `internal.unavailable` when its roster is not in the log yet. */
  async show(groupId: Uint8Array, epoch: bigint): Promise<frames.RosterShown> {
    const { sql, log } = this.#options;
    const stored = (await findRosters(sql, [{ groupId, epoch }])).get(rosterKey(groupId, epoch));
    if (stored === undefined) throw new AppError('input.unknown_group');
    const shown = showRoster(stored, log);
    if (shown === null) throw new AppError('internal.unavailable');
    return shown;
  }
}

/** The device at a leaf, or null. */
export function deviceAt(roster: Roster, leafIndex: number): Uint8Array | null {
  return roster.members.find((member) => member.leafIndex === leafIndex)?.deviceId ?? null;
}

/** Whether the device stands in the roster. */
export function isMember(roster: Roster, deviceId: Uint8Array): boolean {
  return roster.members.some((member) => equal(member.deviceId, deviceId));
}

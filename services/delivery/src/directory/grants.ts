/** Grants as members and gateways are shown them: the Grant, its log entry, and the salt that opens it (PROTOCOL 7.2). */
import { create } from '@bufbuild/protobuf';
import { decode, toHex } from '@countersign/bytes';
import { grantCodec, type Scope } from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { AppError, custodyFrames, deliveryFrames as frames } from '@countersign/wire';
import type { RosterBook } from '../groups/roster-book.ts';
import { GRANTS_PER_FETCH_MAX, GRANTS_PER_STREAM_FETCH_MAX } from '../limits.ts';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { findRosters, rosterKey } from '../store/rosters.ts';
import { bytesList, plain } from '../store/rows.ts';
import type { Accounts } from './accounts.ts';

interface StoredGrant {
  readonly grantId: Uint8Array;
  readonly grant: Uint8Array;
  readonly scope: Scope;
  readonly entry: custodyFrames.Shown;
}

export class Grants {
  readonly #sql: Sql;
  readonly #log: DeliveryLog;
  readonly #rosters: RosterBook;
  readonly #accounts: Accounts;

  constructor(sql: Sql, log: DeliveryLog, rosters: RosterBook, accounts: Accounts) {
    this.#sql = sql;
    this.#log = log;
    this.#rosters = rosters;
    this.#accounts = accounts;
  }

  /** `input.unknown_grant` for one of a group epoch that the device did not stand in. */
  async show(deviceId: Uint8Array, grantIds: readonly Uint8Array[]): Promise<frames.Grants> {
    if (grantIds.length > GRANTS_PER_FETCH_MAX) throw new AppError('limit.items', 'grant_ids');
    const stored = await this.#find(grantIds);
    const grants: frames.GrantShown[] = [];
    for (const grantId of grantIds) {
      const found = stored.get(toHex(grantId));
      const roster = found === undefined ? null : await this.#rosters.of(this.#sql, found.scope.groupId, found.scope.epoch);
      if (found === undefined || roster?.devices.has(toHex(deviceId)) !== true) throw new AppError('input.unknown_grant');
      const { index: logIndex, entry, salt, payload } = found.entry;
      grants.push(
        create(frames.GrantShownSchema, { grant: found.grant, logIndex, entry, salt, payload, ...this.#log.prove(logIndex) }),
      );
    }
    return create(frames.GrantsSchema, { grants });
  }

  /** What the gate of the custodians needs for the grants, in order; `input.unknown_grant` for one that is not there. */
  async scopes(grantIds: readonly Uint8Array[]): Promise<custodyFrames.Scopes> {
    if (grantIds.length > GRANTS_PER_STREAM_FETCH_MAX) throw new AppError('limit.items', 'grant_ids');
    const grants = await this.#find(grantIds);
    const scopes = [...grants.values()].map(({ scope }) => scope);
    const rosters = await findRosters(this.#sql, scopes);
    const certs = await this.#certs(scopes.map(({ deviceId }) => deviceId));
    const handles = await this.#accounts.handlesOf(scopes.map(({ deviceId }) => deviceId));
    return create(custodyFrames.ScopesSchema, {
      scopes: grantIds.map((grantId) => {
        const grant = grants.get(toHex(grantId));
        const roster = grant === undefined ? undefined : rosters.get(rosterKey(grant.scope.groupId, grant.scope.epoch));
        const cert = grant === undefined ? undefined : certs.get(toHex(grant.scope.deviceId));
        if (grant === undefined || roster?.logIndex == null || cert === undefined) throw new AppError('input.unknown_grant');
        const { salt, entry, payload } = roster;
        return create(custodyFrames.ScopeShownSchema, {
          grant: grant.grant,
          grantEntry: grant.entry,
          roster: roster.roster,
          rosterEntry: shown(roster.logIndex, entry, salt, payload),
          deviceCert: cert.cert,
          deviceCertEntry: shown(cert.index, cert.entry, null, null),
          handle: handles.get(toHex(grant.scope.deviceId)) ?? '',
        });
      }),
    });
  }

  /** Appended ones, by id in hex. */
  async #find(grantIds: readonly Uint8Array[]): Promise<Map<string, StoredGrant>> {
    const rows = await this.#sql<
      { grant_id: Buffer; grant_bytes: Buffer; log_index: bigint; entry: Buffer; salt: Buffer; payload: Buffer }[]
    >`select grant_id, grant_bytes, log_index, entry, salt, payload from scope_grant
      where grant_id = any(${bytesList(this.#sql, grantIds)}) and log_index is not null`;
    return new Map(
      rows.map((row) => {
        const grant = plain(row.grant_bytes);
        const { scope } = decode(grantCodec, grant).head;
        const entry = shown(row.log_index, row.entry, row.salt, row.payload);
        return [toHex(row.grant_id), { grantId: row.grant_id, grant, scope, entry }];
      }),
    );
  }

  /** The first certificate of each device settles account and keys (PROTOCOL 4.3). */
  async #certs(deviceIds: readonly Uint8Array[]) {
    const rows = await this.#sql<{ device_id: Buffer; cert: Buffer; log_index: bigint; entry: Buffer }[]>`
      select distinct on (device_id) device_id, cert, log_index, entry from device_cert
      where device_id = any(${bytesList(this.#sql, deviceIds)}) and log_index is not null order by device_id, log_index`;
    return new Map(rows.map((row) => [toHex(row.device_id), { cert: row.cert, index: row.log_index, entry: row.entry }]));
  }
}

function shown(
  index: bigint,
  entry: Uint8Array | null,
  salt: Uint8Array | null,
  payload: Uint8Array | null,
): custodyFrames.Shown {
  const none = new Uint8Array(0);
  return create(custodyFrames.ShownSchema, { index, entry: entry ?? none, salt: salt ?? none, payload: payload ?? none });
}

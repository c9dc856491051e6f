/**
 * Territories (PROTOCOL 4.3): statements of at most 31 days, renewed before they end, each opened to every custodian, every authority
 * with role 3 and every gateway. A recipient that comes later is given what is still in force.
 */
import { encode } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  createDeviceTerritory,
  dayOf,
  deviceTerritoryCodec,
  EntryType,
  hasRoleAt,
  keyId,
  OfficerKeyAlg,
  Role,
  SALT_BYTES,
} from '@countersign/custody';
import type { Sql, Transaction } from '@countersign/db';
import { type AppendedEntry, type OpeningRecipient, postOpenings } from '@countersign/service';
import { TERRITORY_DAYS, TERRITORY_RENEW_BEFORE_DAYS } from '../limits.ts';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { inFixedSizes, plain } from '../store/rows.ts';

const OPENINGS_PER_PASS = 256;
const RENEWALS_PER_PASS = 64;
const POST_MAX_MS = 15_000;

export interface TerritoriesOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly logPrivateUrl: string;
  readonly registrarSeed: Uint8Array;
  readonly random: Random;
  /** Unix seconds. */
  readonly now: () => number;
}

export class Territories {
  readonly #options: TerritoriesOptions;
  #posting: Promise<void> | null = null;
  #isWanted = false;

  constructor(options: TerritoriesOptions) {
    this.#options = options;
  }

  /** Draws up the next statement of a device; it is logged by `logOpen`. */
  async draft(tx: Transaction | Sql, deviceId: Uint8Array, territory: string): Promise<void> {
    const { registrarSeed, random, now, log } = this.#options;
    const dayFrom = dayOf(now());
    const dayTo = dayFrom + TERRITORY_DAYS - 1;
    const { networkId } = log.directory.profile;
    const statement = { networkId, deviceId, territory, dayFrom, dayTo, issued: BigInt(now()) };
    const body = encode(deviceTerritoryCodec, createDeviceTerritory(statement, registrarSeed));
    await tx`insert into territory_statement (salt, device_id, day_to, body, created_ms)
      values (${random(SALT_BYTES)}, ${deviceId}, ${dayTo}, ${body}, ${1000 * now()})`;
  }

  /** Logs drafts: those of one device, or all that are older than `olderThanMs`. */
  async logOpen(of: { readonly deviceId: Uint8Array } | { readonly olderThanMs: number }): Promise<void> {
    const { sql, log, now } = this.#options;
    const isRetry = !('deviceId' in of);
    const rows = await sql<{ salt: Buffer; body: Buffer }[]>`
      select salt, body from territory_statement where log_index is null
      and ${'deviceId' in of ? sql`device_id = ${of.deviceId}` : sql`created_ms < ${1000 * now() - of.olderThanMs}`} limit ${RENEWALS_PER_PASS}`;
    await Promise.all(
      rows.map(async ({ salt, body }) => {
        const item = { by: 'registrar', type: EntryType.territory, body: plain(body), salt: plain(salt), isRetry } as const;
        const { index, entry, payload } = await log.appendKept(item);
        await sql`update territory_statement set log_index = ${index}, entry = ${entry}, payload = ${payload} where salt = ${salt}`;
      }),
    );
  }

  /** Drafts what will end soon, for devices that are not revoked. */
  async renew(): Promise<number> {
    const { sql, now } = this.#options;
    const before = dayOf(now()) + TERRITORY_RENEW_BEFORE_DAYS;
    return sql.begin(async (tx) => {
      const devices = await tx<{ device_id: Buffer; territory: string }[]>`
        select d.device_id, d.territory from device d
        where d.admitted is not null and d.revoked_from is null
          and not exists (select 1 from territory_statement t where t.device_id = d.device_id and t.day_to >= ${before})
        order by d.device_id limit ${RENEWALS_PER_PASS} for update of d skip locked`;
      for (const { device_id, territory } of devices) await this.draft(tx, device_id, territory);
      return devices.length;
    }) as Promise<number>;
  }

  /** Everybody who judges territories: openings of type 7 go to readers as well (docs/network.md). */
  recipients(): OpeningRecipient[] {
    const { log, now } = this.#options;
    const gateways = log.directory.allOfficers().flatMap((officer): OpeningRecipient[] => {
      if (officer.key.alg !== OfficerKeyAlg.reader || officer.revokedFrom !== null) return [];
      if (!hasRoleAt(officer, Role.readerGateway, now())) return [];
      const { sigKey, hpkeKey } = officer.key.key;
      return [{ keyId: keyId(sigKey), hpkeKey }];
    });
    return [...log.directory.openingRecipients(), ...gateways];
  }

  /** Seals and posts whatever a recipient has not been given. Calls meanwhile are answered by one more pass. */
  post(): Promise<void> {
    this.#isWanted = true;
    this.#posting ??= this.#postAll().finally(() => {
      this.#posting = null;
    });
    return this.#posting;
  }

  async #postAll(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      for (const recipient of this.recipients()) {
        while ((await this.#postTo(recipient)) === OPENINGS_PER_PASS);
      }
    }
  }

  async #postTo(recipient: OpeningRecipient): Promise<number> {
    const { sql, random, logPrivateUrl } = this.#options;
    const rows = await sql<{ log_index: bigint; entry: Buffer; salt: Buffer; payload: Buffer }[]>`
      select t.log_index, t.entry, t.salt, t.payload from territory_statement t
      where t.log_index is not null and not exists (
        select 1 from territory_opening o where o.recipient_key_id = ${recipient.keyId} and o.log_index = t.log_index)
      order by t.log_index limit ${OPENINGS_PER_PASS}`;
    if (rows.length === 0) return 0;
    const entries = rows.map(
      (row): AppendedEntry => ({
        index: row.log_index,
        entry: plain(row.entry),
        salt: plain(row.salt),
        payload: plain(row.payload),
      }),
    );
    await postOpenings(logPrivateUrl, entries, [recipient], random, AbortSignal.timeout(POST_MAX_MS));
    const sent = rows.map(({ log_index }) => ({ recipient_key_id: recipient.keyId, log_index }));
    for (const part of inFixedSizes(sent)) await sql`insert into territory_opening ${sql(part)} on conflict do nothing`;
    return rows.length;
  }
}

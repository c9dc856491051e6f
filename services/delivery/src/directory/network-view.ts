/** What a device judges by (contracts/delivery.proto, Network): profile, keys and policy with what proves that they are logged. */
import { create } from '@bufbuild/protobuf';
import { decode, equal } from '@countersign/bytes';
import { EntryType, logEntryCodec, verifyAnnex } from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { AppError, deliveryFrames as frames } from '@countersign/wire';
import { NETWORK_CERTS_MAX } from '../limits.ts';
import type { DeliveryLog } from '../log/delivery-log.ts';
import type { PolicyBook } from '../policy-book.ts';
import { plain } from '../store/rows.ts';

const EARLIER_PROFILES_MAX = 1_000;

export interface NetworkViewOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly policies: PolicyBook;
}

export class NetworkView {
  readonly #options: NetworkViewOptions;

  constructor(options: NetworkViewOptions) {
    this.#options = options;
  }

  async show(deviceId: Uint8Array, accountId: Uint8Array): Promise<frames.Network> {
    const { log, policies } = this.#options;
    const { directory, mirror } = log;
    if (!directory.hasProfile) throw new AppError('internal.unavailable');
    const { index, profile } = directory.profileEntry();
    const custody = this.#custodyKeys();
    const earlier = directory
      .indicesOf(EntryType.profile)
      .filter((at) => BigInt(at) < index)
      .slice(-EARLIER_PROFILES_MAX);
    const { deviceCerts, certRevocations } = await this.#certs(deviceId, accountId);
    return create(frames.NetworkSchema, {
      profile,
      custodyKeys: custody.map((one) => one.bytes),
      annex: await this.annex(),
      policy: policies.statement,
      deviceCerts,
      certRevocations,
      earlierProfiles: earlier.map((at) => payloadOf(mirror.entry(at))),
      checkpoint: mirror.checkpoint?.note ?? new Uint8Array(0),
      profileEntry: this.#logged(index),
      custodyKeyEntries: custody.map((one) => this.#logged(one.index)),
    });
  }

  /** The newest generation of each, as it stands in the log. */
  #custodyKeys(): { readonly bytes: Uint8Array; readonly index: bigint }[] {
    const { directory, mirror } = this.#options.log;
    const indices = directory.indicesOf(EntryType.custodyKey);
    return directory.custodyKeyBytes().map((bytes) => {
      const index = indices.findLast((at) => equal(payloadOf(mirror.entry(at)), bytes));
      if (index === undefined) throw new AppError('internal.unknown');
      return { bytes, index: BigInt(index) };
    });
  }

  #logged(index: bigint): frames.LoggedObject {
    const { mirror } = this.#options.log;
    const { inclusion } = this.#options.log.prove(index);
    return create(frames.LoggedObjectSchema, { logIndex: index, entry: mirror.entry(index), inclusion });
  }

  /** Of the devices that share a group with the asking one, and of its own account's. */
  async #certs(
    deviceId: Uint8Array,
    accountId: Uint8Array,
  ): Promise<{ deviceCerts: Uint8Array[]; certRevocations: Uint8Array[] }> {
    const rows = await this.#options.sql<{ cert: Buffer; revocation: Buffer | null }[]>`
      select distinct on (d.device_id) c.cert, d.revocation from device d join device_cert c on c.device_id = d.device_id
      where d.admitted is not null and (d.account_id = ${accountId} or d.device_id in (
        select other.device_id from group_member own join group_member other on other.group_id = own.group_id
        where own.device_id = ${deviceId}))
      order by d.device_id, c.not_after desc limit ${NETWORK_CERTS_MAX}`;
    return {
      deviceCerts: rows.map(({ cert }) => plain(cert)),
      certRevocations: rows.flatMap(({ revocation }) => (revocation === null ? [] : [plain(revocation)])),
    };
  }

  /** Empty until somebody has handed it over. */
  async annex(): Promise<Uint8Array> {
    const { purposeAnnex } = this.#options.log.directory.profile;
    const [row] = await this.#options.sql<{ annex: Buffer }[]>`select annex from annex where purpose_annex = ${purposeAnnex}`;
    return row === undefined ? new Uint8Array(0) : plain(row.annex);
  }

  /** Throws `profile.invalid` unless the profile in force names it. */
  async takeAnnex(bytes: Uint8Array): Promise<void> {
    const { purposeAnnex } = this.#options.log.directory.profile;
    verifyAnnex(bytes, purposeAnnex);
    await this.#options.sql`insert into annex (purpose_annex, annex) values (${purposeAnnex}, ${bytes}) on conflict do nothing`;
  }
}

function payloadOf(entry: Uint8Array): Uint8Array {
  const decoded = decode(logEntryCodec, entry);
  return decoded.form === 0 ? decoded.payload : new Uint8Array(0);
}

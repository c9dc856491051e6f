/** Key packages: published by a device, each given out once, the last resort again and again (RFC 9420 section 10). */
import { create } from '@bufbuild/protobuf';
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import { deviceCertCodec } from '@countersign/custody';
import type { Sql, Transaction } from '@countersign/db';
import { type IdentityRules, keyPackageRef, type Suite, verifyKeyPackage } from '@countersign/mls';
import { AppError, deliveryFrames as frames } from '@countersign/wire';
import { refusingMls } from '../groups/mls-faults.ts';
import { ACCOUNTS_PER_TAKE_MAX, KEY_PACKAGES_PER_CALL_MAX, KEY_PACKAGES_PER_DEVICE_MAX } from '../limits.ts';
import { bytesList, distinctSorted, plain } from '../store/rows.ts';

export interface KeyPackagesOptions {
  readonly sql: Sql;
  readonly rules: IdentityRules;
  readonly suite: Suite;
  /** Unix seconds. */
  readonly now: () => number;
}

interface Judged {
  readonly ref: Uint8Array;
  readonly message: Uint8Array;
  readonly notAfter: bigint;
  readonly isLastResort: boolean;
}

export class KeyPackages {
  readonly #options: KeyPackagesOptions;

  constructor(options: KeyPackagesOptions) {
    this.#options = options;
  }

  /** Each package is verified and is the publishing device's own. */
  async publish(deviceId: Uint8Array, frame: frames.PublishKeyPackages): Promise<void> {
    if (frame.keyPackages.length > KEY_PACKAGES_PER_CALL_MAX) throw new AppError('limit.items', 'key_packages');
    const judged: Judged[] = [];
    for (const message of frame.keyPackages) judged.push(await this.#judge(deviceId, message, false));
    if (frame.lastResort.length > 0) judged.push(await this.#judge(deviceId, frame.lastResort, true));
    const { sql, now } = this.#options;
    await sql.begin(async (tx) => {
      await tx`select 1 from device where device_id = ${deviceId} for update`;
      await tx`delete from key_package where device_id = ${deviceId} and not_after <= ${now()}`;
      for (const one of judged) await this.#store(tx, deviceId, one);
      const [{ count } = { count: 0n }] = await tx<{ count: bigint }[]>`
        select count(*) as count from key_package where device_id = ${deviceId} and not last_resort`;
      if (Number(count) > KEY_PACKAGES_PER_DEVICE_MAX) throw new AppError('limit.items', 'key_packages');
    });
  }

  async #store(tx: Transaction, deviceId: Uint8Array, one: Judged): Promise<void> {
    if (one.isLastResort) await tx`delete from key_package where device_id = ${deviceId} and last_resort`;
    await tx`insert into key_package (device_id, ref, key_package, last_resort, not_after)
      values (${deviceId}, ${one.ref}, ${one.message}, ${one.isLastResort}, ${one.notAfter}) on conflict do nothing`;
  }

  async #judge(deviceId: Uint8Array, message: Uint8Array, isLastResort: boolean): Promise<Judged> {
    const { rules, suite, now } = this.#options;
    const keyPackage = await refusingMls('key_packages', () => verifyKeyPackage(message, now(), rules, suite));
    const { credential, lifetime } = keyPackage.leafNode;
    const identity = credential.credentialType === 'basic' ? credential.identity : new Uint8Array(0);
    ensure(equal(decode(deviceCertCodec, identity).deviceId, deviceId), 'cert.invalid');
    return { ref: await keyPackageRef(message, suite), message, notAfter: lifetime.notAfter, isLastResort };
  }

  /** One of every other device of the accounts, all or none: `input.no_key_package` when a device has none left. */
  async take(deviceId: Uint8Array, accountIds: readonly Uint8Array[]): Promise<frames.KeyPackages> {
    if (accountIds.length > ACCOUNTS_PER_TAKE_MAX) throw new AppError('limit.items', 'account_ids');
    const { sql, now } = this.#options;
    const accounts = distinctSorted(accountIds);
    const packages = await sql.begin(async (tx) => {
      const devices = await tx<{ device_id: Buffer; account_id: Buffer }[]>`
        select device_id, account_id from device where account_id = any(${bytesList(tx, accounts)})
          and admitted is not null and revoked_from is null and device_id <> ${deviceId} order by device_id`;
      const found = new Set(devices.map(({ account_id }) => toHex(account_id)));
      const isOwn = async (account: Uint8Array) =>
        (await tx`select 1 from device where account_id = ${account} and device_id = ${deviceId}`).length > 0;
      for (const account of accounts) {
        if (!found.has(toHex(account)) && !(await isOwn(account))) throw new AppError('input.unknown_account');
      }
      const taken: frames.DeviceKeyPackage[] = [];
      for (const { device_id, account_id } of devices) {
        const keyPackage = await takeOne(tx, device_id, now());
        taken.push(create(frames.DeviceKeyPackageSchema, { accountId: account_id, deviceId: device_id, keyPackage }));
      }
      return taken;
    });
    return create(frames.KeyPackagesSchema, { packages: packages as frames.DeviceKeyPackage[] });
  }
}

async function takeOne(tx: Transaction, deviceId: Uint8Array, now: number): Promise<Uint8Array> {
  const [once] = await tx<{ key_package: Buffer }[]>`
    delete from key_package where (device_id, ref) in (
      select device_id, ref from key_package where device_id = ${deviceId} and not last_resort and not_after > ${now}
      order by ref limit 1 for update skip locked)
    returning key_package`;
  if (once !== undefined) return plain(once.key_package);
  const [last] = await tx<{ key_package: Buffer }[]>`
    select key_package from key_package where device_id = ${deviceId} and last_resort and not_after > ${now}`;
  if (last === undefined) throw new AppError('input.no_key_package');
  return plain(last.key_package);
}

/** Certificates are renewed before they end, with the same account and keys and later dates (PROTOCOL 4.3, identity is fixed). */
import { decode, encode } from '@countersign/bytes';
import { CertKind, certBodyCodec, createDeviceCert, deviceCertCodec, EntryType } from '@countersign/custody';
import { ringDoorbell, type Sql } from '@countersign/db';
import { CERT_RENEW_BEFORE_S, CERT_VALID_S } from '../limits.ts';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { STATE_CHANNEL } from '../policy-book.ts';
import { plain } from '../store/rows.ts';

const CERTS_PER_PASS = 64;

export interface RenewalsOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly registrarSeed: Uint8Array;
  /** Unix seconds. */
  readonly now: () => number;
}

export class Renewals {
  readonly #options: RenewalsOptions;

  constructor(options: RenewalsOptions) {
    this.#options = options;
  }

  /** Renews some; true when there may be more. The row comes first, the entry second: an unlogged certificate is none. */
  async renew(): Promise<boolean> {
    const { sql, log, registrarSeed, now } = this.#options;
    const due = await sql<{ cert: Buffer }[]>`
      select newest.cert from device d
      join lateral (select cert, not_after from device_cert c where c.device_id = d.device_id order by not_after desc limit 1) newest on true
      where d.admitted is not null and d.revoked_from is null and newest.not_after < ${now() + CERT_RENEW_BEFORE_S}
      order by d.device_id limit ${CERTS_PER_PASS}`;
    for (const row of due) {
      const { skewS } = log.directory.profile;
      const { sig: _, ...old } = decode(deviceCertCodec, plain(row.cert));
      const dates = { notBefore: BigInt(now() - skewS), notAfter: BigInt(now() + CERT_VALID_S) };
      const cert = createDeviceCert({ ...old, ...dates }, registrarSeed);
      const bytes = encode(deviceCertCodec, cert);
      await sql`insert into device_cert (device_id, not_after, not_before, cert)
        values (${old.deviceId}, ${dates.notAfter}, ${dates.notBefore}, ${bytes}) on conflict do nothing`;
      await this.#log(old.deviceId, bytes);
    }
    if (due.length > 0) await ringDoorbell(sql, STATE_CHANNEL);
    return due.length === CERTS_PER_PASS;
  }

  /** Those whose entry was not made before a process ended. */
  async logOpen(): Promise<void> {
    const rows = await this.#options.sql<{ device_id: Buffer; cert: Buffer }[]>`
      select c.device_id, c.cert from device_cert c join device d on d.device_id = c.device_id
      where c.log_index is null and d.admitted is not null limit ${CERTS_PER_PASS}`;
    for (const { device_id, cert } of rows) await this.#log(device_id, plain(cert));
  }

  async #log(deviceId: Uint8Array, cert: Uint8Array): Promise<void> {
    const { sql, log } = this.#options;
    const payload = encode(certBodyCodec, { kind: CertKind.device, cert: decode(deviceCertCodec, cert) });
    const [entry] = await log.append('registrar', [{ type: EntryType.cert, payload }]);
    if (entry === undefined) return;
    await sql`update device_cert set log_index = ${entry.index}, entry = ${entry.entry}
      where device_id = ${deviceId} and cert = ${cert} and log_index is null`;
  }
}

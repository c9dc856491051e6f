/** Enrolment: vouchers are redeemed, consent is logged, and the device is certified once its certificate is in the log (PROTOCOL 4.3, 5). */
import { decode, encode, equal, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { CertKind, certBodyCodec, createDeviceCert, deviceCertCodec, EntryType } from '@countersign/custody';
import { ringDoorbell, type Sql, sqlState, type Transaction } from '@countersign/db';
import type { TrustAnchor } from '@countersign/service';
import { AppError, type FeaturePolicy, isConsent, isPossessionProof } from '@countersign/wire';
import { CERT_VALID_S, DEVICES_PER_ACCOUNT_MAX, VOUCHERS_PER_ENROLMENT_MAX } from '../limits.ts';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { appendStatements, consentStatement, redemptionStatement } from '../log/statements.ts';
import { STATE_CHANNEL } from '../policy-book.ts';
import { plain } from '../store/rows.ts';
import { type CustodyStatement, deriveCustodyStatement } from './custody-statement.ts';
import { foldHandle, isHandle } from './handle.ts';
import type { Territories } from './territories.ts';
import { holdVouchers, type VoucherRow } from './vouchers.ts';

const UNIQUE_VIOLATION = '23505';

export interface EnrolRequest {
  readonly vouchers: readonly string[];
  readonly handle: string;
  readonly deviceId: Uint8Array;
  readonly mlsSigKey: Uint8Array;
  readonly envSigKey: Uint8Array;
  readonly statementHash: Uint8Array;
  readonly consent: Uint8Array;
  readonly possession: Uint8Array;
}

export interface Enrolled {
  readonly accountId: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly deviceCert: Uint8Array;
}

export interface EnrolmentOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly anchor: TrustAnchor;
  readonly territories: Territories;
  readonly registrarSeed: Uint8Array;
  readonly random: Random;
  /** Unix seconds. */
  readonly now: () => number;
  readonly policy: () => FeaturePolicy;
  /** Openings that could not be posted at once; the sweep posts them. */
  readonly onError: (error: unknown) => void;
}

export class Enrolment {
  readonly #options: EnrolmentOptions;

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  get statement(): CustodyStatement {
    const { anchor, log, policy, now } = this.#options;
    return deriveCustodyStatement(anchor, log.directory, policy(), now());
  }

  /** What the holder of a voucher is told: `voucher.invalid` is all that anybody else learns. */
  async inspect(text: string): Promise<{ voucher: VoucherRow; statement: CustodyStatement }> {
    const { sql, now } = this.#options;
    const [voucher] = await holdVouchers(sql, [text], null, now());
    return { voucher: voucher as VoucherRow, statement: this.statement };
  }

  /** Vouchers are judged first. The same request again gets the same answer. */
  async enrol(request: EnrolRequest): Promise<Enrolled> {
    const { sql, territories, onError } = this.#options;
    if (request.vouchers.length === 0 || request.vouchers.length > VOUCHERS_PER_ENROLMENT_MAX)
      throw new AppError('voucher.invalid');
    const reserved = await this.#reserve(request);
    if (!reserved.isAdmitted) {
      await this.#certify(request, reserved);
      await territories.logOpen({ deviceId: request.deviceId });
      await sql.begin(async (tx) => {
        await tx`update device set admitted = ${this.#options.now()} where device_id = ${request.deviceId} and admitted is null`;
        await ringDoorbell(tx, STATE_CHANNEL);
      });
      await territories.post().catch(onError);
    }
    const { cert, accountId } = reserved;
    return { accountId, deviceId: request.deviceId, deviceCert: cert };
  }

  async #reserve(request: EnrolRequest): Promise<Reserved> {
    try {
      return (await this.#options.sql.begin((tx) => this.#reserveIn(tx, request))) as Reserved;
    } catch (error) {
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
      const constraint = (error as { constraint_name?: string }).constraint_name ?? '';
      if (constraint.startsWith('account_handle')) throw new AppError('input.handle_taken');
      throw new AppError('input.malformed', 'device_id and keys are drawn anew for each device');
    }
  }

  async #reserveIn(tx: Transaction, request: EnrolRequest): Promise<Reserved> {
    const { now, territories } = this.#options;
    const vouchers = await holdVouchers(tx, request.vouchers, request.deviceId, now());
    this.#ensureSigned(request);
    const known = await this.#findReserved(tx, request, vouchers);
    if (known !== null) return known;
    if (vouchers.some(({ redeemedBy }) => redeemedBy !== null)) throw new AppError('voucher.invalid');
    const account = await this.#admit(tx, request, vouchers);
    const { territory } = vouchers[0] as VoucherRow;
    await tx`insert into device (device_id, account_id, mls_sig_key, env_sig_key, territory, statement_hash, consent, created)
      values (${request.deviceId}, ${account}, ${request.mlsSigKey}, ${request.envSigKey}, ${territory}, ${request.statementHash},
        ${request.consent}, ${now()})`;
    await tx`insert into mailbox_head (device_id) values (${request.deviceId})`;
    for (const { voucherId } of vouchers) {
      await tx`update voucher set redeemed_by = ${request.deviceId} where voucher_id = ${voucherId}`;
    }
    const cert = this.#createCert(request, account);
    await territories.draft(tx, request.deviceId, territory);
    await tx`insert into device_cert (device_id, not_after, not_before, cert)
      values (${request.deviceId}, ${cert.notAfter}, ${cert.notBefore}, ${cert.bytes})`;
    return { accountId: account, cert: cert.bytes, voucherIds: vouchers.map(({ voucherId }) => voucherId), isAdmitted: false };
  }

  /** Consent to the statement as it stands, by the device's own keys. */
  #ensureSigned(request: EnrolRequest): void {
    const { anchor } = this.#options;
    const device = { ...request, networkId: anchor.networkId };
    if (equal(request.mlsSigKey, request.envSigKey)) throw new AppError('input.malformed', 'env_sig_key');
    if (!equal(request.statementHash, this.statement.hash)) throw new AppError('input.consent_missing');
    if (!isConsent(device, request.statementHash, request.consent)) throw new AppError('input.consent_missing');
    if (!isPossessionProof(device, request.possession)) throw new AppError('input.malformed', 'proof_of_possession');
  }

  /** The same request as before: its vouchers are this device's and its keys the same. */
  async #findReserved(tx: Transaction, request: EnrolRequest, vouchers: readonly VoucherRow[]): Promise<Reserved | null> {
    const [row] = await tx<
      { account_id: Buffer; mls_sig_key: Buffer; env_sig_key: Buffer; admitted: bigint | null; cert: Buffer }[]
    >`
      select d.account_id, d.mls_sig_key, d.env_sig_key, d.admitted, c.cert
      from device d join device_cert c on c.device_id = d.device_id
      where d.device_id = ${request.deviceId} and d.revoked_from is null order by c.not_after limit 1`;
    if (row === undefined) return null;
    const isSame = equal(row.mls_sig_key, request.mlsSigKey) && equal(row.env_sig_key, request.envSigKey);
    if (!isSame || vouchers.some(({ redeemedBy }) => redeemedBy === null)) throw new AppError('voucher.invalid');
    return {
      accountId: plain(row.account_id),
      cert: plain(row.cert),
      voucherIds: vouchers.map(({ voucherId }) => voucherId),
      isAdmitted: row.admitted !== null,
    };
  }

  /** The account that the vouchers admit to: their maker's own, or a new one. */
  async #admit(tx: Transaction, request: EnrolRequest, vouchers: readonly VoucherRow[]): Promise<Uint8Array> {
    const { random, now, policy } = this.#options;
    const own = vouchers.find(({ forOwnDevice }) => forOwnDevice);
    if (own !== undefined) {
      if (vouchers.length > 1 || own.maker === null) throw new AppError('voucher.invalid');
      await tx`select 1 from account where account_id = ${own.maker} for update`;
      const [{ count } = { count: 0n }] = await tx<{ count: bigint }[]>`
        select count(*) as count from device where account_id = ${own.maker} and revoked_from is null`;
      if (Number(count) >= DEVICES_PER_ACCOUNT_MAX) throw new AppError('limit.items', 'devices');
      return own.maker;
    }
    const isOperators = vouchers.some(({ maker }) => maker === null);
    const makers = new Set(vouchers.map(({ maker }) => (maker === null ? '' : toHex(maker))));
    if (!isOperators && makers.size < policy().vouchers_needed) throw new AppError('voucher.more_needed');
    if (!isHandle(request.handle)) throw new AppError('input.malformed', 'handle');
    const accountId = random(16);
    await tx`insert into account (account_id, handle, handle_folded, created)
      values (${accountId}, ${request.handle}, ${foldHandle(request.handle)}, ${now()})`;
    return accountId;
  }

  #createCert({ deviceId, mlsSigKey, envSigKey }: EnrolRequest, accountId: Uint8Array) {
    const { registrarSeed, now, log } = this.#options;
    const { networkId, skewS } = log.directory.profile;
    const notBefore = BigInt(now() - skewS);
    const notAfter = BigInt(now() + CERT_VALID_S);
    const cert = createDeviceCert({ networkId, accountId, deviceId, mlsSigKey, envSigKey, notBefore, notAfter }, registrarSeed);
    return { bytes: encode(deviceCertCodec, cert), notBefore, notAfter };
  }

  /** Certificate, consent and redemption into the log; repeating it after a crash only repeats what is there. */
  async #certify(request: EnrolRequest, { cert, accountId, voucherIds }: Reserved): Promise<void> {
    const { sql, log, now } = this.#options;
    const time = BigInt(now());
    const { deviceId, envSigKey, statementHash, consent } = request;
    const payload = encode(certBodyCodec, { kind: CertKind.device, cert: decode(deviceCertCodec, cert) });
    const [[logged]] = await Promise.all([
      log.append('registrar', [{ type: EntryType.cert, payload }]),
      appendStatements(sql, log, [
        consentStatement({ deviceId, envSigKey, statementHash, signature: consent, time }),
        ...voucherIds.map((voucherId) => redemptionStatement({ voucherId, deviceId, accountId, time })),
      ]),
    ]);
    if (logged === undefined) throw new AppError('internal.unknown');
    await sql`update device_cert set log_index = ${logged.index}, entry = ${logged.entry}
      where device_id = ${deviceId} and cert = ${cert} and log_index is null`;
  }
}

interface Reserved {
  readonly accountId: Uint8Array;
  readonly cert: Uint8Array;
  readonly voucherIds: readonly Uint8Array[];
  readonly isAdmitted: boolean;
}

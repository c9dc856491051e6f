/** Vouchers: random, single use, expiring; only the hash of the secret is stored, so the database admits nobody. */
import type { Random } from '@countersign/crypto';
import { crypto } from '@countersign/crypto';
import type { Sql, Transaction } from '@countersign/db';
import { AppError, type FeaturePolicy, formatVoucher, parseVoucher, VOUCHER_SECRET_BYTES } from '@countersign/wire';
import { bytesList, distinctSorted, insertRows, plain } from '../store/rows.ts';

const VOUCHER_ID_BYTES = 16;
const VALID_MIN_S = 60;

export interface VoucherRow {
  readonly voucherId: Uint8Array;
  /** Null: the operator's. */
  readonly maker: Uint8Array | null;
  readonly forOwnDevice: boolean;
  readonly territory: string;
  readonly expires: number;
  readonly redeemedBy: Uint8Array | null;
}

export interface NewVoucher {
  /** Shown once. */
  readonly text: string;
  readonly voucherId: Uint8Array;
  readonly expires: number;
  readonly forOwnDevice: boolean;
}

export interface VouchersOptions {
  readonly sql: Sql;
  readonly random: Random;
  readonly now: () => number;
  readonly policy: () => FeaturePolicy;
}

export interface VoucherWish {
  readonly maker: Uint8Array | null;
  readonly count: number;
  readonly territory: string;
  /** 0: as long as the policy allows. */
  readonly validS: number;
  readonly forOwnDevice: boolean;
}

export class Vouchers {
  readonly #options: VouchersOptions;

  constructor(options: VouchersOptions) {
    this.#options = options;
  }

  /** A member's are counted against the policy's quota: `voucher.quota_exceeded`. */
  async create(wish: VoucherWish, countMax: number): Promise<NewVoucher[]> {
    const { sql, random, now, policy } = this.#options;
    if (wish.count < 1) throw new AppError('input.malformed', 'count');
    if (wish.count > countMax) throw new AppError('limit.items', 'count');
    if (!/^[A-Z]{2}$/.test(wish.territory)) throw new AppError('input.malformed', 'territory');
    const validMax = policy().voucher_valid_max_s;
    const validS = wish.validS === 0 ? validMax : wish.validS;
    if (validS < VALID_MIN_S || validS > validMax) throw new AppError('input.malformed', 'valid_s');
    const created = now();
    const expires = created + validS;
    const made = Array.from({ length: wish.count }, () => ({
      secret: random(VOUCHER_SECRET_BYTES),
      voucherId: random(VOUCHER_ID_BYTES),
    }));
    await sql.begin(async (tx) => {
      if (wish.maker !== null && !wish.forOwnDevice) await this.#ensureQuota(tx, wish.maker, wish.count);
      const rows = made.map(({ secret, voucherId }) => ({
        voucher_hash: crypto.sha256(secret),
        voucher_id: voucherId,
        maker: wish.maker,
        for_own_device: wish.forOwnDevice,
        territory: wish.territory,
        created,
        expires,
      }));
      await insertRows(tx, 'voucher', rows);
    });
    const { forOwnDevice } = wish;
    return made.map(({ secret, voucherId }) => ({ text: formatVoucher(secret), voucherId, expires, forOwnDevice }));
  }

  /** Open and redeemed ones count, expired ones that nobody used do not. */
  async #ensureQuota(tx: Transaction, maker: Uint8Array, count: number): Promise<void> {
    const { now, policy } = this.#options;
    await tx`select 1 from account where account_id = ${maker} for update`;
    const [{ given } = { given: 0n }] = await tx<{ given: bigint }[]>`
      select count(*) as given from voucher
      where maker = ${maker} and not for_own_device and (redeemed_by is not null or expires > ${now()})`;
    if (Number(given) + count > policy().voucher_quota) throw new AppError('voucher.quota_exceeded');
  }

  async list(maker: Uint8Array): Promise<(VoucherRow & { readonly redeemedHandle: string })[]> {
    const rows = await this.#options.sql<(Found & { handle: string | null })[]>`
      select v.voucher_id, v.maker, v.for_own_device, v.territory, v.expires, v.redeemed_by, a.handle
      from voucher v left join device d on d.device_id = v.redeemed_by left join account a on a.account_id = d.account_id
      where v.maker = ${maker} order by v.created desc limit 1000`;
    return rows.map((row) => ({ ...toRow(row), redeemedHandle: row.handle ?? '' }));
  }
}

interface Found {
  voucher_id: Buffer;
  maker: Buffer | null;
  for_own_device: boolean;
  territory: string;
  expires: bigint;
  redeemed_by: Buffer | null;
}

function toRow(row: Found): VoucherRow {
  return {
    voucherId: plain(row.voucher_id),
    maker: row.maker === null ? null : plain(row.maker),
    forOwnDevice: row.for_own_device,
    territory: row.territory,
    expires: Number(row.expires),
    redeemedBy: row.redeemed_by === null ? null : plain(row.redeemed_by),
  };
}

/**
 * The vouchers behind the texts, that may admit `deviceId` (null: anybody) now; held until the transaction ends. `voucher.invalid` if any
 * is unknown, used by another device or expired: which of these is not told, and what is looked up is the same for all.
 */
export async function holdVouchers(
  tx: Transaction | Sql,
  texts: readonly string[],
  deviceId: Uint8Array | null,
  now: number,
): Promise<VoucherRow[]> {
  // What is no voucher is looked up all the same, as the hash of its text.
  const hashes = texts.map((text) => crypto.sha256(parseVoucher(text) ?? new TextEncoder().encode(text)));
  const rows = await tx<Found[]>`
    select voucher_id, maker, for_own_device, territory, expires, redeemed_by from voucher
    where voucher_hash = any(${bytesList(tx, distinctSorted(hashes))}) order by voucher_hash for update`;
  const usable = rows.map(toRow).filter(({ redeemedBy, expires }) => {
    const isOwn = redeemedBy !== null && deviceId !== null && Buffer.compare(redeemedBy, deviceId) === 0;
    return isOwn || (redeemedBy === null && expires > now);
  });
  if (usable.length === 0 || usable.length !== texts.length) throw new AppError('voucher.invalid');
  return usable;
}

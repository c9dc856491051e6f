/** What a member does for his account: vouchers for others and for his own devices, and the list of those devices. */
import { create } from '@bufbuild/protobuf';
import { ensure, equal, fromHex, toHex } from '@countersign/bytes';
import { deliveryFrames } from '@countersign/wire';
import type { Context } from './engine/context.ts';
import type { Session } from './session/session.ts';
import { type ConversationRecord, TABLES } from './store/tables.ts';
import type { Sync } from './sync.ts';

interface AccountParts {
  readonly ctx: Context;
  readonly sync: Sync;
  /** The session, or `internal.unavailable`. */
  readonly online: () => Session;
}

export interface Voucher {
  /** The text to hand over; only known when it is made. */
  readonly voucher: string;
  readonly voucherId: string;
  readonly expires: number;
  readonly redeemedBy: string;
  readonly forOwnDevice: boolean;
}

export interface VoucherWish {
  readonly count?: number;
  /** Two letters; the maker's own when left out. */
  readonly territory?: string;
  readonly validS?: number;
  /** Adds a device to this account. */
  readonly forOwnDevice?: boolean;
}

const VALID_S = 86_400;

export class Vouchers {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  async create({ count = 1, territory = '', validS = VALID_S, forOwnDevice = false }: VoucherWish = {}): Promise<Voucher[]> {
    const request = create(deliveryFrames.CreateVouchersSchema, { count, territory, validS, forOwnDevice });
    const { vouchers } = await this.#parts.online().call({ case: 'createVouchers', value: request }, 'vouchers');
    if (forOwnDevice) this.#parts.sync.expectDevice(1000 * validS);
    return vouchers.map(voucherOf);
  }

  async list(): Promise<Voucher[]> {
    const request = create(deliveryFrames.ListVouchersSchema, {});
    const { vouchers } = await this.#parts.online().call({ case: 'listVouchers', value: request }, 'vouchers');
    return vouchers.map(voucherOf);
  }
}

function voucherOf({ voucher, voucherId, expires, redeemedBy, forOwnDevice }: deliveryFrames.VoucherState): Voucher {
  return { voucher, voucherId: toHex(voucherId), expires: Number(expires), redeemedBy, forOwnDevice };
}

export interface OwnDevice {
  readonly deviceId: string;
  readonly isThis: boolean;
  readonly revoked: boolean;
  /** Unix seconds, as is `notAfter`. */
  readonly lastSeen: number;
  readonly notAfter: number;
}

export class Devices {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** Those of this account; `cert.invalid` when the service shows another's. */
  async list(): Promise<OwnDevice[]> {
    const { ctx, online } = this.#parts;
    const own = ctx.device();
    const request = create(deliveryFrames.ListDevicesSchema, {});
    const { devices } = await online().call({ case: 'listDevices', value: request }, 'devices');
    return devices.map(({ deviceCert, revoked, lastSeen }) => {
      const { deviceId, accountId, notAfter } = ctx.network().verifyCert(deviceCert);
      ensure(equal(accountId, own.accountId), 'cert.invalid');
      const isThis = equal(deviceId, own.deviceId);
      return { deviceId: toHex(deviceId), isThis, revoked, lastSeen: Number(lastSeen), notAfter: Number(notAfter) };
    });
  }

  /** A device of this account only. It is cut off at once, and the first member online removes it from its groups. */
  async revoke(deviceId: string): Promise<void> {
    const { ctx, sync, online } = this.#parts;
    const session = online();
    const request = create(deliveryFrames.RevokeDeviceSchema, { deviceId: fromHex(deviceId) });
    await session.call({ case: 'revokeDevice', value: request }, 'done');
    await sync.refreshNetwork(session);
    for (const { key } of await ctx.vault.scan<ConversationRecord>(TABLES.conversation)) ctx.poke(key);
  }
}

/** The work of `voucher create`. */
import type { Cli } from '../cli.ts';
import { dataDir } from '../network/data-dir.ts';
import { readKeys } from '../network/keys.ts';
import { operatorCall } from '../network/operator.ts';
import { withMember } from './home.ts';

export interface VoucherWish {
  readonly count: number;
  /** Empty: the maker's own, or the first agency's. */
  readonly territory: string;
  readonly validS: number;
  readonly ownDevice: boolean;
}

/** By the member of `home`, or by the operator of the network in `data`. */
export async function createVouchers(
  cli: Cli,
  home: string | null,
  data: string,
  { count, territory, validS, ownDevice }: VoucherWish,
): Promise<readonly string[]> {
  if (home !== null) {
    const wanted = { count, territory, validS, forOwnDevice: ownDevice };
    const made = await withMember(cli, home, (client) => client.vouchers.create(wanted));
    return made.map(({ voucher }) => voucher);
  }
  const dir = dataDir(data);
  const keys = await readKeys(dir);
  const { vouchers } = await operatorCall<{ vouchers: string[] }>(dir, keys, '/operator/vouchers', {
    count,
    territory: territory === '' ? (keys.agencies[0]?.territory ?? '') : territory,
    valid_s: validS,
  });
  return vouchers;
}

/** Accounts by handle, asked of the operator's directory. */
import { fromHex } from '@countersign/bytes';
import type { DataDir } from '../network/data-dir.ts';
import type { NetworkKeys } from '../network/keys.ts';
import { operatorCall } from '../network/operator.ts';
import type { FindAccount } from './subjects.ts';

export function accountFinder(dir: DataDir, keys: NetworkKeys): FindAccount {
  return async (handle) => {
    const path = `/operator/accounts/${encodeURIComponent(handle.replace(/^@/, ''))}`;
    const { account_id } = await operatorCall<{ account_id: string }>(dir, keys, path);
    return fromHex(account_id);
  };
}

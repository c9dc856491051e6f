/** Accounts by handle and by id, as the service's directory names them; certificates are checked, names are its word. */
import { create } from '@bufbuild/protobuf';
import { equal, fromHex, toHex } from '@countersign/bytes';
import { acceptedOrNull, type DeviceCert } from '@countersign/custody';
import { AppError, deliveryFrames } from '@countersign/wire';
import type { Session } from '../session/session.ts';
import { type AccountRecord, TABLES } from '../store/tables.ts';
import type { Context } from './context.ts';

export interface FoundAccount extends AccountRecord {
  readonly devices: readonly DeviceCert[];
}

/** `input.unknown_account` for a handle that nobody has. */
export function findHandle(ctx: Context, session: Session, handle: string): Promise<FoundAccount> {
  return find(ctx, session, { case: 'handle', value: handle });
}

export function findAccount(ctx: Context, session: Session, account: string): Promise<FoundAccount> {
  return find(ctx, session, { case: 'accountId', value: fromHex(account) });
}

/** The names of accounts that are not known yet, learned quietly: a conversation works without. */
export async function learnHandles(ctx: Context, session: Session, accounts: readonly string[]): Promise<void> {
  for (const account of accounts) {
    if ((await ctx.vault.get(TABLES.account, account)) !== null) continue;
    try {
      await findAccount(ctx, session, account);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input.unknown_account') throw error;
    }
  }
}

async function find(ctx: Context, session: Session, by: deliveryFrames.FindAccount['by']): Promise<FoundAccount> {
  const request = create(deliveryFrames.FindAccountSchema, { by });
  const { accountId, handle, deviceCerts } = await session.call({ case: 'findAccount', value: request }, 'account');
  if (by.case === 'accountId' && !equal(by.value, accountId)) throw new AppError('input.unknown_account');
  const devices = deviceCerts.flatMap((bytes) => acceptedOrNull(() => ctx.network().verifyCert(bytes)) ?? []);
  const record: AccountRecord = { account: toHex(accountId), handle };
  await ctx.vault.turn(async (work) => work.put(TABLES.account, record.account, record));
  return { ...record, devices: devices.filter((cert) => equal(cert.accountId, accountId)) };
}

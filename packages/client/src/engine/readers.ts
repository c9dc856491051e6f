/** Who can read a conversation: its members, and custody; what "Who can read this" shows (ARCHITECTURE). */
import { fromHex, toHex, toUtf8 } from '@countersign/bytes';
import { type DeviceCert, dayOf } from '@countersign/custody';
import { AppError } from '@countersign/wire';
import type { Network } from '../network/network.ts';
import { nowS } from '../port/clock.ts';
import type { Session } from '../session/session.ts';
import { type AccountRecord, TABLES } from '../store/tables.ts';
import type { Context } from './context.ts';
import { accountsOf, readConversation } from './conversations.ts';
import { findAccount, findHandle } from './directory.ts';
import { deriveSafetyNumber } from './safety-number.ts';

export interface Readers {
  readonly members: readonly { readonly account: string; readonly handle: string | null; readonly devices: number }[];
  /** Any `t` of these together, under an order that is in the log. Null while the key is not proven. */
  readonly custody: {
    readonly t: number;
    readonly n: number;
    readonly custodyKeyId: string;
    readonly custodians: readonly { readonly index: number; readonly name: string; readonly sigKey: string }[];
  } | null;
}

export async function readersOf(ctx: Context, network: Network | null, id: string): Promise<Readers> {
  const conversation = await readConversation(ctx.vault, id);
  if (conversation === null) throw new AppError('input.unknown_group');
  const members = [];
  for (const account of accountsOf(conversation)) {
    const devices = conversation.members.filter((member) => member.account === account).length;
    members.push({ account, handle: await handleOf(ctx, account), devices });
  }
  return { members, custody: custodyOf(network, nowS(ctx.clock)) };
}

/** Null while it is not known. */
export async function handleOf(ctx: Context, account: string): Promise<string | null> {
  const { accountId, handle } = ctx.device();
  if (account === toHex(accountId)) return handle;
  return (await ctx.vault.get<AccountRecord>(TABLES.account, account))?.handle ?? null;
}

/** The custodians of the day, as proven against the network root and the log. */
export function custodyOf(network: Network | null, now: number): Readers['custody'] {
  const key = network?.custodyKey(dayOf(now)) ?? null;
  if (key === null) return null;
  const custodians = key.custodians.map(({ index, name, sigKey }) => ({
    index,
    name: toUtf8(name) ?? '',
    sigKey: toHex(sigKey),
  }));
  return { t: key.t, n: key.n, custodyKeyId: toHex(key.custodyKeyId), custodians };
}

/** Over the certificates that count now, as the directory shows them to both sides. */
export async function safetyNumberWith(ctx: Context, session: Session, handle: string): Promise<string> {
  const other = await findHandle(ctx, session, handle);
  const own = await findAccount(ctx, session, toHex(ctx.device().accountId));
  const now = nowS(ctx.clock);
  const valid = (devices: readonly DeviceCert[]) => devices.filter((cert) => ctx.network().isValid(cert, now));
  return deriveSafetyNumber(
    { accountId: fromHex(own.account), devices: valid(own.devices) },
    { accountId: fromHex(other.account), devices: valid(other.devices) },
  );
}

/** Who is in a conversation: create, add, remove, leave, and what members owe each other (PROTOCOL 5). */
import { create } from '@bufbuild/protobuf';
import { equal, fromHex, toHex } from '@countersign/bytes';
import { dayOf, isDeviceValidAt } from '@countersign/custody';
import { Group, MlsError, verifyKeyPackage } from '@countersign/mls';
import { AppError, deliveryFrames } from '@countersign/wire';
import { nowS } from '../port/clock.ts';
import type { Session } from '../session/session.ts';
import type { ConversationRecord, MemberRecord } from '../store/tables.ts';
import { type Change, commitChange } from './committing.ts';
import type { Context } from './context.ts';
import { accountsOf, newConversation, readConversation, writeConversation } from './conversations.ts';
import { readFloor, takeDayRoots } from './day-roots.ts';
import { createOwnKeyPackage } from './key-packages.ts';
import { becomeLeft, proveRoster } from './receive-handshake.ts';

const GROUP_ID_BYTES = 16;

/** A conversation of this device alone, stored; `establish` takes it to the relay when there is a line. Returns its id. */
export async function createConversation(
  ctx: Context,
  kind: ConversationRecord['kind'],
  invited: readonly string[],
): Promise<string> {
  const groupId = ctx.random(GROUP_ID_BYTES);
  const id = toHex(groupId);
  const own = await createOwnKeyPackage(ctx);
  await ctx.vault.turn(async (work) => {
    const { group, groupInfo } = await Group.create(groupId, own, ctx.vault.env);
    ctx.vault.adopt(group);
    const admins = [toHex(ctx.device().accountId)];
    const fields = { id, kind, status: 'creating' as const, groupInfo, invited, admins };
    writeConversation(work, newConversation(fields, group, ctx.clock.nowMs()));
    const floor = await readFloor(work, dayOf(nowS(ctx.clock)));
    await takeDayRoots(work, group, ctx.network().profile.dayZero, floor);
    work.after(() => ctx.events.emit({ type: 'conversation', id }));
  });
  return id;
}

/** Takes a new conversation to the relay and adds those invited; each step once, whatever breaks in between. */
export async function establish(ctx: Context, session: Session, conversation: ConversationRecord): Promise<void> {
  const { id, kind, groupInfo, invited } = conversation;
  if (conversation.status === 'creating' && groupInfo !== null) {
    const request = create(deliveryFrames.CreateGroupSchema, {
      groupId: fromHex(id),
      groupInfo,
      kind: kind === 'direct' ? 1 : 2,
    });
    try {
      const { roster } = await session.call({ case: 'createGroup', value: request }, 'commitAccepted');
      await becomeActive(ctx, id, roster);
    } catch (error) {
      // The answer to an earlier attempt was lost.
      if (!(error instanceof AppError) || error.code !== 'input.group_exists') throw error;
      await becomeActive(ctx, id, undefined);
    }
  }
  await addAccounts(ctx, session, id, invited);
  await ctx.vault.turn(async (work) => {
    const now = await readConversation(work, id);
    if (now !== null) writeConversation(work, { ...now, invited: [] });
  });
}

async function becomeActive(ctx: Context, id: string, roster: deliveryFrames.RosterShown | undefined): Promise<void> {
  await ctx.vault.turn(async (work) => {
    const conversation = (await readConversation(work, id)) as ConversationRecord;
    writeConversation(work, { ...conversation, status: 'active', groupInfo: null });
    const group = await work.group(id);
    if (group !== null && roster !== undefined && group.epoch === 0n) await proveRoster(ctx, work, id, group, roster);
    work.after(() => ctx.events.emit({ type: 'conversation', id }));
  });
}

/** Adds every device of the accounts that is not in the group yet, this account's own others included. */
export async function addAccounts(ctx: Context, session: Session, id: string, accounts: readonly string[]): Promise<void> {
  const self = toHex(ctx.device().accountId);
  const asked = [...new Set([...accounts, self])];
  const request = create(deliveryFrames.TakeKeyPackagesSchema, { accountIds: asked.map(fromHex) });
  const { packages } = await takePackages(session, request, accounts.length === 0);
  const offered = await usable(ctx, packages, asked);
  const present = (members: readonly MemberRecord[]) => new Set(members.map(({ device }) => device));
  for (const account of accounts) {
    const conversation = (await readConversation(ctx.vault, id)) as ConversationRecord;
    const isThere = accountsOf(conversation).includes(account) || offered.some((one) => toHex(one.accountId) === account);
    if (!isThere) throw new AppError('input.no_key_package');
  }
  await commitChange(ctx, session, id, (_group, { members }) => {
    const missing = offered.filter(({ deviceId }) => !present(members).has(toHex(deviceId)));
    if (missing.length === 0) return null;
    return { add: missing.map(({ keyPackage }) => keyPackage), addedDevices: missing.map(({ deviceId }) => deviceId) };
  });
}

/** Own devices without packages are added another time. */
async function takePackages(session: Session, request: deliveryFrames.TakeKeyPackages, isOwnOnly: boolean) {
  try {
    return await session.call({ case: 'takeKeyPackages', value: request }, 'keyPackages');
  } catch (error) {
    if (isOwnOnly && error instanceof AppError && error.code === 'input.no_key_package') return { packages: [] };
    throw error;
  }
}

/** Packages that verify, are of the account that they were asked for, and whose device counts now. */
async function usable(ctx: Context, packages: readonly deliveryFrames.DeviceKeyPackage[], asked: readonly string[]) {
  const found: deliveryFrames.DeviceKeyPackage[] = [];
  const now = nowS(ctx.clock);
  for (const one of packages) {
    try {
      const { leafNode } = await verifyKeyPackage(one.keyPackage, now, ctx.vault.env.rules, ctx.suite);
      const { identity } = leafNode.credential as { readonly identity: Uint8Array };
      const cert = ctx.network().verifyCert(identity);
      const isNamed = equal(cert.deviceId, one.deviceId) && asked.includes(toHex(cert.accountId));
      if (isNamed && equal(cert.accountId, one.accountId) && ctx.network().isValid(cert, now)) found.push(one);
    } catch (error) {
      if (!(error instanceof MlsError)) throw error;
    }
  }
  return found;
}

/** Removes every device of the accounts. */
export function removeAccounts(ctx: Context, session: Session, id: string, accounts: readonly string[]): Promise<void> {
  return removeLeaves(ctx, session, id, ({ account }) => accounts.includes(account));
}

function removeLeaves(ctx: Context, session: Session, id: string, isOut: (member: MemberRecord) => boolean): Promise<void> {
  return commitChange(ctx, session, id, (group, { members }) => {
    const remove = members.filter((member) => isOut(member) && member.leaf !== group.ownLeaf).map(({ leaf }) => leaf);
    return remove.length === 0 ? null : { remove };
  });
}

/** Asks the others to let this device go; the last one goes by itself. */
export async function announceLeave(ctx: Context, session: Session, id: string): Promise<void> {
  const proposal = await ctx.vault.turn(async (work) => {
    const conversation = await readConversation(work, id);
    const group = await work.group(id);
    if (conversation === null || group === null || conversation.status !== 'active') return null;
    if (conversation.members.length === 1) {
      await becomeLeft(ctx, work, conversation);
      return null;
    }
    writeConversation(work, { ...conversation, leaving: true });
    if (group.pendingCommit() !== null) await group.abandonCommit();
    return group.leaving().includes(group.ownLeaf as number) ? null : group.leave();
  });
  if (proposal === null) return;
  const request = create(deliveryFrames.SendProposalSchema, { groupId: fromHex(id), proposal });
  await session.call({ case: 'proposal', value: request }, 'done');
}

/** The leaves that must go before anything is sent: revoked or expired devices, and those that asked to leave (PROTOCOL 5). */
export function outgoing(ctx: Context, group: Group): { readonly invalid: number[]; readonly leaving: readonly number[] } {
  const network = ctx.network();
  const now = nowS(ctx.clock);
  const invalid = group
    .roster()
    .members.filter(
      ({ leafIndex, identity }) => leafIndex !== group.ownLeaf && !network.isValid(network.verifyCert(identity), now),
    )
    .map(({ leafIndex }) => leafIndex);
  return { invalid, leaving: group.leaving() };
}

/** The Commit that lets them go. An announced leave goes with any Commit. */
export function commitOutgoing(ctx: Context, session: Session, id: string): Promise<void> {
  return commitChange(ctx, session, id, (group) => {
    const { invalid, leaving } = outgoing(ctx, group);
    const remove = [...new Set([...invalid, ...leaving])].filter((leaf) => leaf !== group.ownLeaf);
    return remove.length === 0 ? null : { remove };
  });
}

/** Fresh keys for this device's leaf, with its newest certificate. */
export function commitUpdate(ctx: Context, session: Session, id: string): Promise<void> {
  return commitChange(ctx, session, id, (): Change => ({ identity: ctx.device().cert }));
}

/** Devices of member accounts that the directory names and the group lacks: a second device, added by whoever notices first. */
export async function addMissingDevices(ctx: Context, session: Session, id: string): Promise<void> {
  const conversation = await readConversation(ctx.vault, id);
  if (conversation === null || conversation.status !== 'active' || conversation.leaving) return;
  const accounts = accountsOf(conversation);
  const present = new Set(conversation.members.map(({ device }) => device));
  const now = nowS(ctx.clock);
  const missing = ctx
    .network()
    .facts.devices.filter(
      (device) =>
        accounts.includes(toHex(device.accountId)) && !present.has(toHex(device.deviceId)) && isDeviceValidAt(device, now),
    );
  if (missing.length === 0) return;
  await addAccounts(ctx, session, id, [...new Set(missing.map(({ accountId }) => toHex(accountId)))]);
}

/** Commits, Welcomes and Proposals from the mailbox, in the relay's order (PROTOCOL 5). */
import { Ac1Error, toHex } from '@countersign/bytes';
import { dayOf } from '@countersign/custody';
import { decodeOwnKeyPackage, Group, MlsError } from '@countersign/mls';
import type { deliveryFrames } from '@countersign/wire';
import { nowS } from '../port/clock.ts';
import { type ConversationRecord, type MemberRecord, TABLES } from '../store/tables.ts';
import type { Work } from '../store/work.ts';
import { announce, type Context } from './context.ts';
import {
  accountsOf,
  blankMessage,
  membersOf,
  newConversation,
  nextOrder,
  readConversation,
  writeConversation,
  writeMessage,
} from './conversations.ts';
import { eraseDayRoots, readFloor, takeDayRoots } from './day-roots.ts';
import type { KeyPackageRecord } from './key-packages.ts';
import { lostConversation, retryHeld } from './receive-message.ts';
import { fileReport } from './reports.ts';
import { isRosterProven } from './roster-check.ts';
import { grantForReport } from './sealing.ts';

export async function receiveCommit(ctx: Context, work: Work, item: deliveryFrames.CommitItem): Promise<void> {
  const id = toHex(item.groupId);
  const conversation = (await readConversation(work, id)) ?? lostConversation(ctx, work, id);
  const group = await work.group(id);
  if (group === null || conversation.status === 'left') return;
  try {
    const result = await group.process(item.commit);
    if (result.kind === 'removed') await becomeLeft(ctx, work, conversation);
    else if (result.kind === 'commit') {
      const updatedMs = result.own && result.change.hasPath ? ctx.clock.nowMs() : conversation.updatedMs;
      await enterEpoch(ctx, work, { ...conversation, updatedMs }, group, item.roster);
    }
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    // Of an epoch that this device has behind it: a Commit that it knows, or one from before a resynchronisation.
    if (error.code === 'epoch_passed' || error.code === 'before_join' || error.code === 'not_member') return;
    loseTrack(ctx, work, conversation);
  }
}

export async function receiveProposal(ctx: Context, work: Work, item: deliveryFrames.ProposalItem): Promise<void> {
  const id = toHex(item.groupId);
  const conversation = await readConversation(work, id);
  const group = await work.group(id);
  if (conversation === null || group === null || conversation.status !== 'active') return;
  try {
    await group.process(item.proposal);
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    if (error.code === 'epoch_ahead') loseTrack(ctx, work, conversation);
    return; // otherwise the epoch that it was for is over, or the relay took what it should not have
  }
  work.after(() => ctx.poke(id));
}

/** Joins by the key package that the Welcome is for; each joins once, the last resort excepted. */
export async function receiveWelcome(ctx: Context, work: Work, item: deliveryFrames.WelcomeItem): Promise<void> {
  const id = toHex(item.groupId);
  const known = await readConversation(work, id);
  const group = await joinWithAny(ctx, work, item.welcome);
  if (group === null || toHex(group.groupId) !== id) {
    // A member by the relay's word whose invitation does not open: it can still enter as one who lost his state.
    if (known === null) lostConversation(ctx, work, id);
    return;
  }
  const kind = item.kind === 1 ? 'direct' : 'group';
  const fresh = newConversation({ id, kind, status: 'active' }, group, ctx.clock.nowMs());
  const conversation: ConversationRecord = {
    ...fresh,
    // The creator is the first leaf; who comes later is told the list by the one who invites.
    admins: firstAccount(fresh.members),
    adminsGuessed: true,
    name: known?.name ?? null,
    picture: known?.picture ?? null,
    expireS: known?.expireS ?? 0,
  };
  await enterEpoch(ctx, work, conversation, group, item.roster);
}

/** What an epoch's beginning changes, however it began. */
async function enterEpoch(
  ctx: Context,
  work: Work,
  conversation: ConversationRecord,
  group: Group,
  roster: deliveryFrames.RosterShown | undefined,
): Promise<void> {
  const { id } = conversation;
  const members = membersOf(group);
  const accounts = accountsOf({ members });
  const admins = conversation.admins.filter((account) => accounts.includes(account));
  const entered: ConversationRecord = {
    ...conversation,
    // Stopped in one epoch: the next one is judged by its own roster, before anything is sent in it.
    status: conversation.status === 'creating' ? 'creating' : 'active',
    epoch: group.epoch as bigint,
    epochSinceMs: ctx.clock.nowMs(),
    members,
    admins: admins.length > 0 ? admins : firstAccount(members),
    rosterEpoch: null,
    sending: null,
  };
  writeConversation(work, entered);
  const today = dayOf(nowS(ctx.clock));
  await takeDayRoots(work, group, ctx.network().profile.dayZero, await readFloor(work, today));
  await showMembers(ctx, work, conversation, members);
  if (roster !== undefined) await proveRoster(ctx, work, id, group, roster);
  await retryHeld(ctx, work, entered);
  announce(ctx, work, { type: 'conversation', id });
  work.after(() => ctx.poke(id));
}

/** Notes that the logged roster equals the own state, or stops the conversation and reports. */
export async function proveRoster(
  ctx: Context,
  work: Work,
  id: string,
  group: Group,
  shown: deliveryFrames.RosterShown,
): Promise<boolean> {
  const conversation = (await readConversation(work, id)) as ConversationRecord;
  try {
    if (!isRosterProven(ctx, group, shown)) return false;
    writeConversation(work, { ...conversation, rosterEpoch: group.epoch });
    return true;
  } catch (error) {
    if (!(error instanceof Ac1Error)) throw error;
    writeConversation(work, { ...conversation, status: 'stopped' });
    announce(ctx, work, { type: 'conversation', id });
    const grant = await grantForReport(ctx, work, conversation, group);
    if (grant !== null) await fileReport(ctx, work, { code: 'roster.invalid', grant, envelope: new Uint8Array(0) });
    return false;
  }
}

/** This device is out; what it received stays readable, and its keys of the group are gone. */
export async function becomeLeft(ctx: Context, work: Work, conversation: ConversationRecord): Promise<void> {
  writeConversation(work, { ...conversation, status: 'left', sending: null, leaving: false });
  await eraseDayRoots(work, conversation.id);
  work.delete(TABLES.pending, conversation.id);
  announce(ctx, work, { type: 'conversation', id: conversation.id });
}

/** The own state no longer follows the relay's order: the device rejoins when it is online. */
function loseTrack(ctx: Context, work: Work, conversation: ConversationRecord): void {
  writeConversation(work, { ...conversation, status: 'resync' });
  announce(ctx, work, { type: 'conversation', id: conversation.id });
  work.after(() => ctx.poke(conversation.id));
}

function firstAccount(members: readonly MemberRecord[]): string[] {
  return members.slice(0, 1).map(({ account }) => account);
}

/** A row that says who came and went; a further device of a member is no news. */
async function showMembers(
  ctx: Context,
  work: Work,
  before: ConversationRecord,
  members: readonly MemberRecord[],
): Promise<void> {
  const known = accountsOf(before);
  const now = accountsOf({ members });
  const added = now.filter((account) => !known.includes(account));
  const removed = known.filter((account) => !now.includes(account));
  if (before.kind === 'direct' || known.length === 0 || added.length + removed.length === 0) return;
  const message = blankMessage({
    conversation: before.id,
    order: await nextOrder(work),
    state: 'received',
    receivedMs: ctx.clock.nowMs(),
    body: { kind: 'members', added, removed },
  });
  writeMessage(work, message, null);
  announce(ctx, work, { type: 'message', message, isNew: true });
}

async function joinWithAny(ctx: Context, work: Work, welcome: Uint8Array): Promise<Group | null> {
  for (const { key, value } of await work.scan<KeyPackageRecord>(TABLES.keyPackage)) {
    try {
      const group = await Group.join(welcome, decodeOwnKeyPackage(value.own), ctx.vault.env);
      if (!value.isLastResort) work.delete(TABLES.keyPackage, key);
      return ctx.vault.adopt(group);
    } catch (error) {
      if (!(error instanceof MlsError)) throw error;
    }
  }
  return null;
}

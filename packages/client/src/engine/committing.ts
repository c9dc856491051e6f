/** Changing a group: one Commit at a time, made from the current epoch, sent until the relay takes it or another one wins (PROTOCOL 5). */
import { create } from '@bufbuild/protobuf';
import { fromHex } from '@countersign/bytes';
import { type CommitFrame, type CommitOptions, Group, MlsError } from '@countersign/mls';
import { AppError, deliveryFrames } from '@countersign/wire';
import { nowS } from '../port/clock.ts';
import type { Session } from '../session/session.ts';
import { type ConversationRecord, type PendingRecord, TABLES } from '../store/tables.ts';
import type { Work } from '../store/work.ts';
import type { Context } from './context.ts';
import { readConversation } from './conversations.ts';
import { createOwnKeyPackage } from './key-packages.ts';
import { becomeLeft } from './receive-handshake.ts';

/** Lost races before the caller hears of it. */
const ATTEMPTS_MAX = 8;
/** For the relay's own copy of an accepted Commit to arrive. */
const ECHO_TIMEOUT_MS = 20_000;

export interface Change extends Omit<CommitOptions, 'now'> {
  /** Of the added key packages. */
  readonly addedDevices?: readonly Uint8Array[];
}

/**
 * Brings the change about that `plan` asks for, given the group as it is; null: nothing (more) is to be done. Returns once this
 * device is in the new epoch. Throws the relay's refusal.
 */
export async function commitChange(
  ctx: Context,
  session: Session,
  id: string,
  plan: (group: Group, conversation: ConversationRecord, work: Work) => Change | null,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if ((await ctx.vault.get(TABLES.pending, id)) !== null) await sendPending(ctx, session, id);
    const isMade = await ctx.vault.turn(async (work) => {
      const conversation = await readConversation(work, id);
      const group = await work.group(id);
      if (conversation === null || group === null || conversation.status !== 'active') throw new AppError('input.unknown_group');
      const change = plan(group, conversation, work);
      if (change === null) return false;
      const { addedDevices = [], ...options } = change;
      if (group.pendingCommit() !== null) await group.abandonCommit();
      await group.commit({ ...options, now: nowS(ctx.clock) });
      const pending: PendingRecord = { welcomeDeviceIds: addedDevices };
      work.put(TABLES.pending, id, pending);
      return true;
    });
    if (!isMade) return;
    if (await sendPending(ctx, session, id)) return;
  }
  throw new AppError('input.epoch_taken');
}

/** Sends the Commit that waits, the same bytes after a restart. Whether it was taken; false: another one won. */
export async function sendPending(ctx: Context, session: Session, id: string): Promise<boolean> {
  const waiting = await ctx.vault.turn(async (work) => {
    const pending = await work.get<PendingRecord>(TABLES.pending, id);
    const group = await work.group(id);
    const frame = group?.pendingCommit() ?? null;
    if (pending !== null && frame !== null) return { pending, frame, epoch: group?.epoch ?? null };
    work.delete(TABLES.pending, id); // its epoch has come, or another Commit won
    return null;
  });
  if (waiting === null) return false;
  const { pending, frame, epoch } = waiting;
  try {
    await session.call({ case: 'commit', value: commitFrame(id, frame, pending) }, 'commitAccepted');
  } catch (error) {
    if (!isLostRace(error)) {
      await giveUp(ctx, id, error);
      throw error;
    }
    await untilEpochAfter(ctx, id, epoch);
    await giveUp(ctx, id, null);
    return false;
  }
  await untilEpochAfter(ctx, id, epoch);
  await ctx.vault.turn(async (work) => work.delete(TABLES.pending, id));
  return true;
}

/** A device whose state was lost or is behind enters again in place of its own leaf. */
export async function resynchronise(ctx: Context, session: Session, id: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const request = create(deliveryFrames.FetchGroupInfoSchema, { groupId: fromHex(id) });
    const isMember = await asMember(ctx, id, async () => {
      const { groupInfo } = await session.call({ case: 'fetchGroupInfo', value: request }, 'groupInfo');
      const own = await createOwnKeyPackage(ctx);
      await ctx.vault.turn(async (work) => {
        const group = await work.group(id);
        if (group !== null) await group.resync(groupInfo, own);
        else ctx.vault.adopt((await Group.resync(groupInfo, own, ctx.vault.env)).group);
        const pending: PendingRecord = { welcomeDeviceIds: [] };
        work.put(TABLES.pending, id, pending);
      });
    });
    if (!isMember || (await sendResync(ctx, session, id))) return;
  }
  throw new AppError('input.epoch_taken');
}

/** Whether the relay took it; the conversation is active again when this returns. */
async function sendResync(ctx: Context, session: Session, id: string): Promise<boolean> {
  const frame = await ctx.vault.turn(async (work) => (await work.group(id))?.pendingCommit() ?? null);
  if (frame === null) return true;
  try {
    await session.call({ case: 'commit', value: commitFrame(id, frame, { welcomeDeviceIds: [] }) }, 'commitAccepted');
  } catch (error) {
    if (isLostRace(error)) return false;
    throw error;
  }
  await until(ctx, id, (conversation) => conversation.status !== 'resync');
  await ctx.vault.turn(async (work) => work.delete(TABLES.pending, id));
  return true;
}

/** False, and the conversation is left, when the group no longer has this device. */
async function asMember(ctx: Context, id: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const isOut =
      (error instanceof MlsError && error.code === 'not_member') ||
      (error instanceof AppError && error.code === 'input.unknown_group');
    if (!isOut) throw error;
    await ctx.vault.turn(async (turn) => {
      const conversation = await readConversation(turn, id);
      if (conversation !== null) await becomeLeft(ctx, turn, conversation);
    });
    return false;
  }
}

function commitFrame(id: string, frame: CommitFrame, { welcomeDeviceIds }: PendingRecord): deliveryFrames.SendCommit {
  const { commit, groupInfo, welcome } = frame;
  return create(deliveryFrames.SendCommitSchema, {
    groupId: fromHex(id),
    commit,
    groupInfo,
    welcome: welcome ?? new Uint8Array(0),
    welcomeDeviceIds: [...welcomeDeviceIds],
  });
}

function isLostRace(error: unknown): boolean {
  return error instanceof AppError && error.code === 'input.epoch_taken';
}

/** The Commit will never be taken; without an answer it may have been, and is sent again. */
async function giveUp(ctx: Context, id: string, error: unknown): Promise<void> {
  if (error instanceof AppError && error.code === 'internal.unavailable') return;
  await ctx.vault.turn(async (work) => {
    const group = await work.group(id);
    if (group !== null && group.pendingCommit() !== null) await group.abandonCommit();
    work.delete(TABLES.pending, id);
  });
}

function untilEpochAfter(ctx: Context, id: string, epoch: bigint | null): Promise<void> {
  return until(ctx, id, (conversation) => epoch === null || conversation.epoch > epoch || conversation.status === 'left');
}

/** Waits for what the mailbox brings; `internal.unavailable` when it does not. */
async function until(ctx: Context, id: string, holds: (conversation: ConversationRecord) => boolean): Promise<void> {
  const abort = new AbortController();
  const cancel = ctx.clock.after(ECHO_TIMEOUT_MS, () => abort.abort(new AppError('internal.unavailable')));
  try {
    for (;;) {
      const changed = ctx.events.when(
        (event) => (event.type === 'conversation' && event.id === id ? true : undefined),
        abort.signal,
      );
      // Unheard when the condition holds already.
      changed.catch(() => undefined);
      const conversation = await readConversation(ctx.vault, id);
      if (conversation === null || holds(conversation)) return;
      await changed;
    }
  } finally {
    cancel();
    abort.abort();
  }
}

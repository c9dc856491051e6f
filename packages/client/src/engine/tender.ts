/**
 * Tending conversations: what each of them needs next, in the order in which it must be done. One step at a time for a conversation,
 * several conversations side by side; whatever fails for now is tried again later.
 */
import { create } from '@bufbuild/protobuf';
import { Ac1Error, fromHex } from '@countersign/bytes';
import { MlsError } from '@countersign/mls';
import { AppError, deliveryFrames } from '@countersign/wire';
import type { Session } from '../session/session.ts';
import { Mutex } from '../store/mutex.ts';
import { type ConversationRecord, type OutboxRecord, TABLES } from '../store/tables.ts';
import { resynchronise, sendPending } from './committing.ts';
import type { Context } from './context.ts';
import { accountsOf, readConversation, writeConversation } from './conversations.ts';
import { learnHandles } from './directory.ts';
import { announceLeave, commitOutgoing, commitUpdate, establish, outgoing } from './membership.ts';
import { flush } from './outbox.ts';
import { proveRoster } from './receive-handshake.ts';

const RETRY_MIN_MS = 300;
const RETRY_MAX_MS = 30_000;
/** So long members of a large group wait, by chance, for one of them to do what all of them should. */
const COURTESY_MS = 3000;
/** An epoch is renewed when this part of its time is over. */
const UPDATE_SHARE = 0.8;
const MEMBERS_PER_UPDATE = 32;
/** Steps in a row that each ask for another before the conversation rests. */
const ROUNDS_MAX = 12;

export class Tender {
  readonly #ctx: Context;
  readonly #upload: (blob: Uint8Array) => Promise<void>;
  readonly #lanes = new Map<string, Mutex>();
  readonly #waiting = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();

  constructor(ctx: Context, upload: (blob: Uint8Array) => Promise<void>) {
    this.#ctx = ctx;
    this.#upload = upload;
  }

  /** Something may have to be done for the conversation. */
  poke(id: string): void {
    if (this.#waiting.has(id)) return;
    this.#waiting.add(id);
    void this.exclusively(id, async () => {
      this.#waiting.delete(id);
      const session = this.#ctx.session();
      if (session === null) return; // all are poked when there is a line again
      await this.#attempt(session, id);
    });
  }

  /** Runs `work` while nothing else is done for the conversation. */
  exclusively<T>(id: string, work: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(id) ?? new Mutex();
    this.#lanes.set(id, lane);
    return lane.run(work);
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  async #attempt(session: Session, id: string): Promise<void> {
    try {
      for (let round = 0; round < ROUNDS_MAX; round++) {
        if (await this.#step(session, id)) {
          this.#failures.delete(id);
          return;
        }
      }
      throw new AppError('internal.unavailable');
    } catch (error) {
      if (this.#ctx.session() !== session) return;
      const isExpected = error instanceof AppError || error instanceof Ac1Error || error instanceof MlsError;
      if (!isExpected) this.#ctx.events.emit({ type: 'fault', error });
      this.#later(id, error);
    }
  }

  #later(id: string, error: unknown): void {
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    const growing = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(failures - 1, 16));
    this.#pokeAfter(id, Math.max(growing, error instanceof AppError ? error.retryAfterMs : 0));
  }

  #pokeAfter(id: string, ms: number): void {
    this.#timers.get(id)?.();
    const cancel = this.#ctx.clock.after(ms, () => {
      this.#timers.delete(id);
      this.poke(id);
    });
    this.#timers.set(id, cancel);
  }

  /** One step; true when nothing is left to do. */
  async #step(session: Session, id: string): Promise<boolean> {
    const ctx = this.#ctx;
    const conversation = await readConversation(ctx.vault, id);
    if (conversation === null || conversation.status === 'left' || conversation.status === 'stopped') return true;
    if (conversation.status === 'creating' || (conversation.status === 'active' && conversation.invited.length > 0)) {
      await establish(ctx, session, conversation);
      return false;
    }
    if (conversation.status === 'resync' || !(await this.#hasGroup(conversation))) {
      await resynchronise(ctx, session, id);
      return false;
    }
    if ((await ctx.vault.get(TABLES.pending, id)) !== null) {
      await sendPending(ctx, session, id);
      return false;
    }
    await learnHandles(ctx, session, accountsOf(conversation));
    const mustSend = await this.#hasMail(id);
    if (await this.#letGo(session, conversation, mustSend)) return false;
    if (conversation.leaving) {
      await announceLeave(ctx, session, id);
      return true;
    }
    if (this.#isUpdateDue(conversation)) {
      await commitUpdate(ctx, session, id);
      return false;
    }
    if (!mustSend) return true;
    if (conversation.rosterEpoch !== conversation.epoch) {
      await this.#proveRoster(session, conversation);
      return false;
    }
    return this.#send(session, id);
  }

  async #send(session: Session, id: string): Promise<boolean> {
    const end = await flush(this.#ctx, session, id, this.#upload);
    if (end === 'network') await this.#ctx.refreshNetwork(session);
    if (end === 'epoch') await commitUpdate(this.#ctx, session, id);
    return end === 'done';
  }

  /** Whether the MLS state is there; a conversation without it has to come back as one that lost its state. */
  #hasGroup(conversation: ConversationRecord): Promise<boolean> {
    return this.#ctx.vault.turn(async (work) => {
      if ((await work.group(conversation.id)) !== null) return true;
      writeConversation(work, { ...conversation, status: 'resync' });
      return false;
    });
  }

  async #hasMail(id: string): Promise<boolean> {
    const rows = await this.#ctx.vault.scan<OutboxRecord>(TABLES.outbox, { prefix: `${id}/` });
    return rows.some(({ value }) => value.failed === null);
  }

  /** Those who must or want to go: at once by whoever has something to send, otherwise by one of the others. */
  async #letGo(session: Session, conversation: ConversationRecord, mustSend: boolean): Promise<boolean> {
    const ctx = this.#ctx;
    const { id } = conversation;
    const goers = await ctx.vault.turn(async (work) => {
      const group = await work.group(id);
      if (group === null || group.ownLeaf === null) return 0;
      const { invalid, leaving } = outgoing(ctx, group);
      return leaving.includes(group.ownLeaf) ? 0 : invalid.length + leaving.length;
    });
    if (goers === 0) return false;
    if (!mustSend && !this.#hasWaited(conversation)) return false;
    await commitOutgoing(ctx, session, id);
    return true;
  }

  /** The first time it only sets a clock by chance, so that not all members commit at once. */
  #hasWaited({ id, epoch, members }: ConversationRecord): boolean {
    const turn = `${id} ${epoch}`;
    if (this.#courtesies.has(turn)) return this.#courtesies.delete(turn);
    this.#courtesies.add(turn);
    const chance = (this.#ctx.random(1)[0] as number) / 255;
    this.#pokeAfter(id, members.length <= 2 ? 0 : COURTESY_MS * chance);
    return false;
  }
  readonly #courtesies = new Set<string>();

  /** Once per max_epoch_age_s * ceil(members / 32) each device renews its keys (PROTOCOL 5). */
  #isUpdateDue({ members, updatedMs }: ConversationRecord): boolean {
    const { maxEpochAgeS } = this.#ctx.network().profile;
    const periodMs = 1000 * maxEpochAgeS * Math.ceil(members.length / MEMBERS_PER_UPDATE);
    return this.#ctx.clock.nowMs() - updatedMs > UPDATE_SHARE * periodMs;
  }

  /** The service answers when the roster is witnessed, or after two seconds without; then it is asked again. */
  async #proveRoster(session: Session, { id, epoch }: ConversationRecord): Promise<void> {
    const request = create(deliveryFrames.FetchRosterSchema, { groupId: fromHex(id), epoch });
    const shown = await session.call({ case: 'fetchRoster', value: request }, 'roster');
    await this.#ctx.vault.turn(async (work) => {
      const group = await work.group(id);
      if (group !== null && group.epoch === epoch) await proveRoster(this.#ctx, work, id, group, shown);
    });
  }
}

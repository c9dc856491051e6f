/** The mailbox: drained in order by its cursor, a page in one commit with everything it changed, acknowledged to the service after that. */
import { create } from '@bufbuild/protobuf';
import { Ac1Error, decode, toHex } from '@countersign/bytes';
import { grantCodec, grantId } from '@countersign/custody';
import { MlsError } from '@countersign/mls';
import { deliveryFrames } from '@countersign/wire';
import type { Session } from '../session/session.ts';
import { Mutex } from '../store/mutex.ts';
import { type ScopeRecord, TABLES } from '../store/tables.ts';
import type { Work } from '../store/work.ts';
import type { Context } from './context.ts';
import { receiveCommit, receiveProposal, receiveWelcome } from './receive-handshake.ts';
import { grantIdOf, receiveMessage, type ShownGrants } from './receive-message.ts';

const PAGE_ITEMS = 100;
/** Grants asked for in one call. */
const GRANTS_PER_CALL = 100;
const CURSOR = 'cursor';

export class Inbox {
  readonly #ctx: Context;
  readonly #lane = new Mutex();
  #pushed: deliveryFrames.MailboxItem[] = [];
  #lastReceivedMs: number | null = null;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** When the service last answered or pushed something; null before. */
  get lastReceivedMs(): number | null {
    return this.#lastReceivedMs;
  }

  /** Takes in all that waits. When it returns, the service has said that nothing more is undelivered. */
  drain(session: Session): Promise<void> {
    return this.#lane.run(() => this.#drain(session));
  }

  /** An item that the service pushed; out of its place, it is a reason to ask for what is missing. */
  push(session: Session, item: deliveryFrames.MailboxItem): void {
    this.#lastReceivedMs = this.#ctx.clock.nowMs();
    this.#pushed.push(item);
    // Those that come while the ones before are stored go in one commit.
    if (this.#pushed.length === 1) void this.#lane.run(() => this.#takePushed(session)).catch(() => session.close());
  }

  async #takePushed(session: Session): Promise<void> {
    const items = this.#pushed;
    this.#pushed = [];
    const cursor = (await this.#ctx.vault.get<bigint>(TABLES.meta, CURSOR)) ?? 0n;
    const fresh = items.filter(({ sequence }) => sequence > cursor);
    if (fresh.length === 0) return;
    // One after the other, without a hole: sequences of a mailbox are contiguous.
    const isInOrder = fresh.every(({ sequence }, i) => sequence === cursor + BigInt(i + 1));
    if (isInOrder) await this.#takeIn(session, fresh);
    else await this.#drain(session);
  }

  async #drain(session: Session): Promise<void> {
    for (;;) {
      const after = (await this.#ctx.vault.get<bigint>(TABLES.meta, CURSOR)) ?? 0n;
      const request = create(deliveryFrames.DrainSchema, { after, limit: PAGE_ITEMS });
      const page = await session.call({ case: 'drain', value: request }, 'mailbox');
      this.#lastReceivedMs = this.#ctx.clock.nowMs();
      const fresh = page.items.filter(({ sequence }) => sequence > after);
      if (fresh.length > 0) await this.#takeIn(session, fresh);
      if (!page.more || fresh.length === 0) return;
    }
  }

  async #takeIn(session: Session, items: readonly deliveryFrames.MailboxItem[]): Promise<void> {
    const grants = await this.#fetchGrants(session, items);
    try {
      await this.#ctx.vault.turn((work) => this.#apply(work, items, grants));
    } catch (error) {
      // One item that breaks us must not block the mailbox: each alone, and what fails is left out.
      this.#ctx.events.emit({ type: 'fault', error });
      for (const item of items) await this.#takeAlone(item, grants);
    }
    const last = items.at(-1) as deliveryFrames.MailboxItem;
    const request = create(deliveryFrames.AckMailboxSchema, { upTo: last.sequence });
    await session.call({ case: 'ack', value: request }, 'done');
  }

  async #takeAlone(item: deliveryFrames.MailboxItem, grants: ShownGrants): Promise<void> {
    try {
      await this.#ctx.vault.turn((work) => this.#apply(work, [item], grants));
    } catch (error) {
      this.#ctx.events.emit({ type: 'fault', error });
      await this.#ctx.vault.turn((work) => this.#apply(work, [{ ...item, item: { case: undefined } }], grants));
    }
  }

  async #apply(work: Work, items: readonly deliveryFrames.MailboxItem[], grants: ShownGrants): Promise<void> {
    for (const { sequence, item } of items) {
      await this.#dispatch(work, item, grants);
      work.put(TABLES.meta, CURSOR, sequence);
    }
  }

  async #dispatch(work: Work, item: deliveryFrames.MailboxItem['item'], grants: ShownGrants): Promise<void> {
    switch (item.case) {
      case 'message':
        return this.#message(work, item.value, grants);
      case 'commit':
        return receiveCommit(this.#ctx, work, item.value);
      case 'welcome':
        return receiveWelcome(this.#ctx, work, item.value);
      case 'proposal':
        return receiveProposal(this.#ctx, work, item.value);
      default:
        return;
    }
  }

  /** A delivery that nobody can read the address of is the relay's fault, and all that can be said of it. */
  async #message(work: Work, item: deliveryFrames.MessageItem, grants: ShownGrants): Promise<void> {
    try {
      await receiveMessage(this.#ctx, work, item, grants);
    } catch (error) {
      if (!(error instanceof Ac1Error) && !(error instanceof MlsError)) throw error;
      work.after(() => this.#ctx.events.emit({ type: 'fault', error }));
    }
  }

  async #fetchGrants(session: Session, items: readonly deliveryFrames.MailboxItem[]): Promise<ShownGrants> {
    const wanted = new Map<string, Uint8Array>();
    for (const { item } of items) {
      const id = item.case === 'message' ? grantIdOf(item.value.delivery) : null;
      if (id === null || wanted.has(toHex(id))) continue;
      if ((await this.#ctx.vault.get<ScopeRecord>(TABLES.scope, toHex(id))) === null) wanted.set(toHex(id), id);
    }
    return fetchGrants(session, [...wanted.values()]);
  }
}

/** What the service shows for each grant that it has. */
export async function fetchGrants(session: Session, ids: readonly Uint8Array[]): Promise<ShownGrants> {
  const found = new Map<string, deliveryFrames.GrantShown>();
  for (let at = 0; at < ids.length; at += GRANTS_PER_CALL) {
    const grantIds = ids.slice(at, at + GRANTS_PER_CALL).map((id) => Uint8Array.from(id));
    const request = create(deliveryFrames.FetchGrantsSchema, { grantIds });
    const { grants } = await session.call({ case: 'fetchGrants', value: request }, 'grants');
    // Named by what they are, not by the order of the answer.
    for (const shown of grants) found.set(toHex(nameOf(shown.grant)), shown);
  }
  return found;
}

function nameOf(grant: Uint8Array): Uint8Array {
  try {
    return grantId(decode(grantCodec, grant));
  } catch (error) {
    if (error instanceof Ac1Error) return new Uint8Array(0);
    throw error;
  }
}

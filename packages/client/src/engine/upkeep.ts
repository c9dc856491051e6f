/** What time asks for: the end of a day, proofs that are due, gaps that are overdue, messages that disappear (PROTOCOL 6, 7, 9, 15). */
import { fromHex } from '@countersign/bytes';
import { dayOf } from '@countersign/custody';
import { nowS } from '../port/clock.ts';
import type { Session } from '../session/session.ts';
import { type HeldRecord, type MessageRecord, type ScopeRecord, TABLES } from '../store/tables.ts';
import type { Context } from './context.ts';
import { advanceFloor } from './day-roots.ts';
import { fetchGrants } from './inbox.ts';
import { isGrantLogged, releaseOverdue } from './receive-message.ts';
import { fileReport } from './reports.ts';

/** Waits longer than this for an epoch that does not come: the device has lost track of its group. */
const WAITING_MAX_MS = 60_000;

/**
 * Erases the keys of days that are over. Call it only when the service has just said that nothing is undelivered: yesterday's stay
 * until skew_s after midnight, since the relay accepts for yesterday until then (PROTOCOL 6).
 */
export async function closeDays(ctx: Context): Promise<void> {
  const { skewS, dayZero } = ctx.network().profile;
  await ctx.vault.turn((work) => advanceFloor(work, dayOf(nowS(ctx.clock) - skewS), dayZero));
}

/** The same for a device that cannot reach the service: at the latest after max_epoch_age_s. */
export async function closeOldDays(ctx: Context): Promise<void> {
  const { maxEpochAgeS, dayZero } = ctx.network().profile;
  await ctx.vault.turn((work) => advanceFloor(work, dayOf(nowS(ctx.clock) - maxEpochAgeS), dayZero));
}

/** Grants whose proof was not there yet: asked for again, and reported when it is overdue (`grant.not_logged`). */
export async function checkDueGrants(ctx: Context, session: Session): Promise<void> {
  const rows = await ctx.vault.scan<ScopeRecord>(TABLES.scope);
  const due = rows.filter(({ value }) => value.dueMs !== null);
  if (due.length === 0) return;
  const shown = await fetchGrants(
    session,
    due.map(({ key }) => fromHex(key)),
  );
  await ctx.vault.turn(async (work) => {
    for (const { key } of due) {
      const record = await work.get<ScopeRecord>(TABLES.scope, key);
      if (record === null || record.dueMs === null) continue;
      const proof = shown.get(key);
      const isLogged = proof !== undefined && isGrantLogged(ctx, proof);
      if (!isLogged && record.dueMs > ctx.clock.nowMs()) continue;
      work.put(TABLES.scope, key, { ...record, dueMs: null });
      if (!isLogged) await fileReport(ctx, work, { code: 'grant.not_logged', grant: record.grant, envelope: new Uint8Array(0) });
    }
  });
}

/** Messages whose predecessor did not come, and groups whose Commit did not. */
export async function checkHeld(ctx: Context): Promise<void> {
  const rows = await ctx.vault.scan<HeldRecord>(TABLES.held);
  const ids = new Set(rows.map(({ key }) => key.slice(0, key.indexOf('/'))));
  for (const id of ids) await ctx.vault.turn((work) => releaseOverdue(ctx, work, id));
  const sinceMs = ctx.clock.nowMs() - WAITING_MAX_MS;
  const waiting = await ctx.vault.scan<HeldRecord>(TABLES.held);
  for (const { key, value } of waiting) {
    if (value.mls !== null || value.sinceMs > sinceMs) continue;
    const id = key.slice(0, key.indexOf('/'));
    await ctx.vault.turn(async (work) => {
      const row = await work.get<MessageRecord>(TABLES.message, key);
      const conversation = await work.get<{ status: string }>(TABLES.conversation, id);
      if (row?.reason !== 'waiting' || conversation?.status !== 'active') return;
      work.put(TABLES.conversation, id, { ...conversation, status: 'resync' });
      // It had its chance: afterwards it is of an epoch that this device never had.
      work.put(TABLES.held, key, { ...value, sinceMs: ctx.clock.nowMs() });
      work.after(() => ctx.poke(id));
    });
  }
}

/** Removes what has disappeared. Returns how long until the next one does, null if nothing will. */
export async function sweepExpired(ctx: Context): Promise<number | null> {
  const now = ctx.clock.nowMs();
  for (;;) {
    const [first] = await ctx.vault.scan<string>(TABLES.expiry, { limit: 1 });
    if (first === undefined) return null;
    const expiresMs = Number(first.key.slice(0, first.key.indexOf('/')));
    if (expiresMs > now) return expiresMs - now;
    await ctx.vault.turn(async (work) => {
      work.delete(TABLES.expiry, first.key);
      const row = await work.get<MessageRecord>(TABLES.message, first.value);
      if (row === null || row.expiresMs !== expiresMs) return;
      const message: MessageRecord = { ...row, body: null, deleted: true, reactions: {} };
      work.put(TABLES.message, first.value, message);
      work.after(() => ctx.events.emit({ type: 'message', message, isNew: false }));
    });
  }
}

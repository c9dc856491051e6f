/** Waiting for an own message: until the relay has it, or it was given up. */
import { toHex } from '@countersign/bytes';
import { type OutboxRecord, TABLES } from '../store/tables.ts';
import type { Context } from './context.ts';

/** An own message that was given up, with the code of the refusal. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Resolves when the message is out of the outbox, also one of an earlier run; rejects with a SendError. */
export function untilSent(ctx: Context, messageId: string): Promise<void> {
  const abort = new AbortController();
  const settled = ctx.events.when<{ readonly code: string | null }>((event) => {
    if (event.type === 'sent' && event.id === messageId) return { code: null };
    return event.type === 'failed' && event.id === messageId ? { code: event.code } : undefined;
  }, abort.signal);
  // Unheard when the message is gone already.
  settled.catch(() => undefined);
  const result = wait(ctx, messageId, settled).finally(() => abort.abort());
  // Whoever does not ask is told by the row.
  result.catch(() => undefined);
  return result;
}

async function wait(ctx: Context, messageId: string, settled: Promise<{ readonly code: string | null }>): Promise<void> {
  const item = await waitingItem(ctx, messageId);
  if (item === null) return;
  const code = item.failed ?? (await settled).code;
  if (code !== null) throw new SendError(code);
}

async function waitingItem(ctx: Context, messageId: string): Promise<OutboxRecord | null> {
  const place = await ctx.vault.get<{ readonly conversation: string }>(TABLES.messageId, messageId);
  if (place === null) return null;
  const rows = await ctx.vault.scan<OutboxRecord>(TABLES.outbox, { prefix: `${place.conversation}/` });
  return rows.find(({ value }) => toHex(value.msgId) === messageId)?.value ?? null;
}

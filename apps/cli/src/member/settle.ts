/** Waits until the service has all that a command set going: a process that ends takes its plans with it only as far as they are stored. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@countersign/client';
import { CliError } from '../failure.ts';

const SETTLE_MAX_MS = 60_000;
/** Not every step of the engine is an event. */
const LOOK_MS = 25;
const LATEST_MAX = 50;

/** Resolves when the conversation exists at the relay with everybody who was invited, and nothing of ours waits to be sent in it. */
export async function settle(client: Client, conversation: string): Promise<void> {
  const deadline = performance.now() + SETTLE_MAX_MS;
  while (!(await isSettled(client, conversation))) {
    if (performance.now() > deadline)
      throw new CliError('internal.unavailable', 'the service has not taken everything yet; it is kept for the next time');
    await delay(LOOK_MS);
  }
}

async function isSettled(client: Client, id: string): Promise<boolean> {
  const conversation = await client.conversation(id);
  if (conversation === null || conversation.status === 'creating' || conversation.invited.length > 0) return false;
  return (await client.messages(id, { limit: LATEST_MAX })).every(({ state }) => state !== 'queued');
}

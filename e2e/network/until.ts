/** Waiting for what shall become true: asked again and again until a deadline, never for a guessed time. */
// paces: the look at a state
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 50;
/** Generous: a test that passes does not wait, and machines are slow at times. */
export const LATE_MS = 300_000;

/** The first value that `look` answers which is neither null, undefined nor false; an error that says `what` when it is late. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  maxMs: number = LATE_MS,
): Promise<Exclude<T, null | undefined | false>> {
  const deadline = performance.now() + maxMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as Exclude<T, null | undefined | false>;
    if (performance.now() > deadline) throw new Error(`late: ${what}`);
    await delay(LOOK_MS);
  }
}

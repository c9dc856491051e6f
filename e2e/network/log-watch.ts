/** Follows the published checkpoints of a log for as long as a test runs: their size may never go back, whatever is killed. */
// paces: the look at the log
import { setTimeout as delay } from 'node:timers/promises';

const AGAIN_MS = 50;

export class LogWatch {
  readonly #url: string;
  readonly #ending = new AbortController();
  readonly #watching: Promise<void>;
  /** Sizes that were smaller than one before. */
  readonly wentBack: { readonly before: number; readonly after: number }[] = [];
  size = 0;
  /** How many growths were seen. */
  steps = 0;

  constructor(url: string) {
    this.#url = url;
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const note = await fetch(`${this.#url}/checkpoint`, { signal }).then(
        (response) => (response.ok ? response.text() : null),
        // The log is being started again.
        () => null,
      );
      if (note !== null) this.#take(Number(note.split('\n')[1]));
      await delay(AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }

  #take(size: number): void {
    if (size < this.size) this.wentBack.push({ before: this.size, after: size });
    if (size > this.size) this.steps += 1;
    this.size = Math.max(size, this.size);
  }
}

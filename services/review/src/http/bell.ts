/** Bell: wakes those who wait for something new; a ring between looking and waiting is not missed. */

export class Bell {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  ring(): void {
    this.#count += 1;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Taken before looking, given to `wait` after. */
  next(): number {
    return this.#count;
  }

  /** Resolves once it has rung since `seen`, after `maxMs`, or when `signal` ends. */
  wait(seen: number, maxMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count !== seen || signal.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, maxMs);
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

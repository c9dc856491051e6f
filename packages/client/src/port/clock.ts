/** Time as the engine is given it (rule 6 of CONTRIBUTING.md): tests turn the hands themselves. */

export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number;
  /** Runs `work` once after `ms`; the returned function cancels it. */
  after(ms: number, work: () => void): () => void;
}

/** The platform's timers with the time of `nowMs`, for instance `Date.now`. */
export function createClock(nowMs: () => number): Clock {
  return {
    nowMs,
    after(ms, work) {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** Unix seconds. */
export function nowS(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000);
}

/** One thing that a button starts: whether it runs, and what went wrong the last time. */
import { useState } from 'react';

export interface ActionState {
  readonly isRunning: boolean;
  /** Null while nothing is wrong. */
  readonly error: unknown;
  /** Runs it, unless one runs already; never rejects. True when it went well. */
  readonly run: (work: () => Promise<void>) => Promise<boolean>;
}

export function useAction(): ActionState {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (work: () => Promise<void>): Promise<boolean> => {
    if (isRunning) return false;
    setRunning(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (thrown) {
      setError(thrown);
      return false;
    } finally {
      setRunning(false);
    }
  };
  return { isRunning, error, run };
}

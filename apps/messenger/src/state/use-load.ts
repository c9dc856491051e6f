/** A value that a screen reads when it opens, and again on demand. */
import { useCallback, useEffect, useState } from 'react';

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: unknown;
  readonly reload: () => void;
}

/** `load` must be stable (useCallback). */
export function useLoad<T>(load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ readonly value: T | null; readonly error: unknown }>({ value: null, error: null });
  const reload = useCallback(() => {
    load().then(
      (value) => setState({ value, error: null }),
      (error: unknown) => setState(({ value }) => ({ value, error })),
    );
  }, [load]);
  useEffect(reload, [reload]);
  return { ...state, reload };
}

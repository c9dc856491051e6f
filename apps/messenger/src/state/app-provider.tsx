/** The page's one state and its engine, handed to every component below. */

import { errorCode } from '@countersign/ui/text';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useReducer, useState } from 'react';
import type { EngineApi, EngineEvent } from '../engine/api.ts';
import type { StartEngine } from '../engine/start-engine.ts';
import { type Action, INITIAL, type Model, reduce } from './model.ts';

/** Rows of a thread that are read at once. */
const PAGE_ROWS = 100;

export interface App {
  readonly model: Model;
  readonly engine: EngineApi;
  readonly dispatch: (action: Action) => void;
  /** Reads who this is and what there is to show, after unlocking or enrolling. */
  readonly open: () => Promise<void>;
  /** Reads the page of a thread before `before`. */
  readonly loadPage: (conversation: string, before: string | null) => Promise<void>;
}

const Context = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(Context);
  if (app === null) throw new Error('useApp outside AppProvider');
  return app;
}

interface Props {
  readonly startEngine: StartEngine;
  readonly children: ReactNode;
}

export function AppProvider({ startEngine, children }: Props) {
  const [model, dispatch] = useReducer(reduce, INITIAL);
  const [engine] = useState(() => startEngine((event: EngineEvent) => dispatch({ type: 'event', event, nowMs: Date.now() })));

  useEffect(() => {
    engine
      .start()
      .then((phase) => dispatch({ type: 'phase', phase }))
      .catch((error: unknown) =>
        dispatch({ type: 'event', event: { type: 'fault', code: errorCode(error) }, nowMs: Date.now() }),
      );
  }, [engine]);

  const app = useMemo<App>(
    () => ({
      model,
      engine,
      dispatch,
      open: async () => {
        const [me, conversations] = await Promise.all([engine.me(), engine.conversations()]);
        dispatch({ type: 'opened', me, conversations });
      },
      loadPage: async (conversation, before) => {
        const page = await engine.messages(conversation, before, PAGE_ROWS);
        dispatch({ type: 'page', conversation, page });
      },
    }),
    [model, engine],
  );
  return <Context value={app}>{children}</Context>;
}

/** Starts the engine in a worker of its own: cryptography and storage never hold up the page. */
import type { EngineApi, EngineEvent } from './api.ts';
import { createCaller } from './rpc.ts';

export type StartEngine = (onEvent: (event: EngineEvent) => void) => EngineApi;

export const startEngine: StartEngine = (onEvent) => {
  const worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module', name: 'engine' });
  worker.addEventListener('error', () => onEvent({ type: 'fault', code: 'internal.unknown' }));
  return createCaller<EngineApi, EngineEvent>(worker, onEvent);
};

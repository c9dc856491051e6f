/** The worker: engine, keys and storage of this device, behind the calls of engine/api.ts. */
import { createWebTransport, type WebSocketLike } from '@countersign/client';
import { crypto } from '@countersign/crypto';
import type { EngineApi, EngineEvent } from '../engine/api.ts';
import { type Port, serve } from '../engine/rpc.ts';
import { DeviceStore } from './device-store.ts';
import { createEngine } from './engine.ts';
import { holdEngineLock } from './exclusive.ts';

const random = (length: number) => crypto.randomBytes(length);

const engine = createEngine({
  url: self.location.origin,
  store: new DeviceStore(random),
  exclusive: () => holdEngineLock(navigator.locks),
  transport: createWebTransport(WebSocket as unknown as new (url: string, protocols: string[]) => WebSocketLike),
  fetch: (input, init) => fetch(input, init),
  nowMs: Date.now,
  random,
  emit: (event) => emit(event),
});
const emit = serve<EngineApi, EngineEvent>(self as unknown as Port, engine);

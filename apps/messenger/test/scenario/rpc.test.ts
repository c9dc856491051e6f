/** Calls and events between page and worker over a real message channel. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { createCaller, type Port, serve } from '../../src/engine/rpc.ts';

interface Api {
  add(a: number, b: number): Promise<number>;
  fail(code: string): Promise<void>;
  never(): Promise<void>;
}
type Event = { readonly tick: number };

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

function connect() {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const events: Event[] = [];
  let wake: () => void = () => {};
  const heard = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const emit = serve<Api, Event>(port2 as unknown as Port, {
    add: async (a, b) => a + b,
    fail: async (code) => {
      throw Object.assign(new Error('secret of nobody'), { code });
    },
    never: () => new Promise(() => undefined),
  });
  const api = createCaller<Api, Event>(port1 as unknown as Port, (event) => {
    events.push(event);
    wake();
  });
  return { api, emit, events, heard };
}

describe('the port between page and worker', () => {
  it('answers each call with its own result', async () => {
    const { api } = connect();
    expect(await Promise.all([api.add(1, 2), api.add(3, 4), api.add(5, 6)])).toEqual([3, 7, 11]);
  });

  it('carries an error by its code', async () => {
    const { api } = connect();
    await expect(api.fail('voucher.invalid')).rejects.toMatchObject({ name: 'RemoteError', code: 'voucher.invalid' });
  });

  it('refuses a method that the engine does not have, inherited ones among them', async () => {
    const { api } = connect();
    const any = api as unknown as Record<string, () => Promise<unknown>>;
    await expect(any.erase?.()).rejects.toMatchObject({ code: 'input.unknown_route' });
    await expect(any.toString?.()).rejects.toMatchObject({ code: 'input.unknown_route' });
  });

  it('passes events on in order', async () => {
    const { emit, events, heard, api } = connect();
    emit({ tick: 1 });
    emit({ tick: 2 });
    await heard;
    await api.add(0, 0);
    expect(events).toEqual([{ tick: 1 }, { tick: 2 }]);
  });

  it('takes no more calls than its limit', async () => {
    const { api } = connect();
    for (let i = 0; i < 256; i++) api.never().catch(() => undefined);
    await expect(api.add(1, 1)).rejects.toMatchObject({ code: 'limit.items' });
  });
});

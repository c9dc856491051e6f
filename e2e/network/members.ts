/** Members with real devices: each an engine of its own in the test's process, enrolled by a voucher of the operator. */

import { Client, type ClientOptions, createClock, MemoryStore } from '@countersign/client';
import { wsTransport } from '@countersign/client/node';
import { crypto } from '@countersign/crypto';
import type { Network } from './harness.ts';
import { LATE_MS } from './until.ts';

export interface Member {
  readonly client: Client;
  readonly store: MemoryStore;
  /** Without @. */
  readonly handle: string;
  readonly territory: string;
}

export async function vouchers(network: Network, count: number, territory = 'AU'): Promise<string[]> {
  return (await network.operator<{ vouchers: string[] }>('/operator/vouchers', { count, territory, valid_s: 3600 })).vouchers;
}

/** Somebody new, online. */
export async function enrol(network: Network, handle: string, territory = 'AU', fetch = globalThis.fetch): Promise<Member> {
  const [voucher = ''] = await vouchers(network, 1, territory);
  return enrolBy(network, voucher, handle, territory, fetch);
}

export async function enrolBy(
  network: Network,
  voucher: string,
  handle: string,
  territory = 'AU',
  fetch = globalThis.fetch,
): Promise<Member> {
  const store = new MemoryStore();
  const options: ClientOptions = {
    store,
    transport: wsTransport,
    fetch,
    clock: createClock(Date.now),
    random: crypto.randomBytes,
  };
  const given = { url: network.urls.api, vouchers: [voucher], handle, consent: () => true };
  const client = await Client.enrol({ ...options, ...given });
  await client.connect(AbortSignal.timeout(LATE_MS));
  return { client, store, handle, territory };
}

/** What identifies a device: its id, and the key that it proves sessions with, in hex. */
export async function deviceKeys({ store }: Member): Promise<{ readonly id: string; readonly seed: string }> {
  const record = Buffer.from((await store.get('meta', 'device')) as Uint8Array).toString('utf8');
  const { deviceId, envSeed } = JSON.parse(record) as Record<'deviceId' | 'envSeed', { readonly $b: string }>;
  return { id: deviceId.$b, seed: envSeed.$b };
}

/** A group that everybody has joined. */
export async function gather(host: Member, guests: readonly Member[], name = ''): Promise<string> {
  const group = await host.client.createGroup(
    name,
    guests.map(({ handle }) => handle),
  );
  const everybody = [host, ...guests];
  await Promise.all(
    everybody.map(({ client, handle }) =>
      seen(`${handle} is in the group with all others`, client, async () => {
        const conversation = await client.conversation(group);
        return conversation?.status === 'active' && conversation.members.length === everybody.length;
      }),
    ),
  );
  return group;
}

/** Sends a text; resolves with its id once it is acknowledged. */
export async function say({ client }: Member, group: string, text: string): Promise<string> {
  const { messageId, acked } = await client.send(group, { kind: 'text', text });
  await acked;
  return messageId;
}

/** The text of a message as the member's device shows it, once it does. */
export function heard({ client, handle }: Member, messageId: string): Promise<string> {
  return seen(`${handle} hears`, client, async () => {
    const message = await client.message(messageId);
    if (message?.state === 'refused' || message?.state === 'unreadable')
      throw new Error(`${handle} refused a message: ${message.code ?? message.reason}`);
    return message?.state === 'received' && message.body?.kind === 'text' ? message.body.text : null;
  });
}

/** The first value that `look` finds, asked again after each event of the engine. */
export async function seen<T>(
  what: string,
  client: Client,
  look: () => Promise<T | null | false>,
  maxMs: number = LATE_MS,
): Promise<T> {
  const late = AbortSignal.timeout(maxMs);
  for (;;) {
    const changed = client.events.when(() => true, late);
    changed.catch(() => {});
    const found = await look();
    if (found !== null && found !== false) return found;
    await changed.catch((cause: unknown) => {
      throw new Error(`late: ${what}`, { cause });
    });
  }
}

/** The cast of a story: a member for every speaker of every conversation, each with a device of his own, enrolled by voucher. */
import { Client, type ClientOptions, createClock, MemoryStore } from '@countersign/client';
import { wsTransport } from '@countersign/client/node';
import { AppError } from '@countersign/wire';
import type { Cli } from '../cli.ts';
import { goOnline } from '../member/home.ts';
import type { NamedAgency } from '../network/keys.ts';
import type { RunningNetwork } from '../network/network.ts';
import { operatorCall } from '../network/operator.ts';
import type { Conversation } from './conversations.ts';

const TOGETHER_MAX = 8;
const VOUCHER_VALID_S = 86_400;
const ONLINE_MAX_MS = 60_000;
/** Somebody to hear a conversation of one. */
const LISTENER = '';

export interface Actor {
  readonly client: Client;
  /** With @. */
  readonly handle: string;
  readonly agency: NamedAgency;
}

export interface Scene {
  readonly conversation: Conversation;
  /** By speaker. */
  readonly actors: ReadonlyMap<string, Actor>;
}

/** What the members of a cast are called, and where their devices keep what they know. */
export interface Casting {
  /** Without @; `number` counts from 1. */
  handleOf(number: number): string;
  /** The ports of that member's device; a store that holds one already is taken up again. */
  open(handle: string): Promise<ClientOptions>;
}

/** Members who live as long as this process. */
export function passingCast(cli: Cli): Casting {
  return {
    handleOf: (number) => `member-${number}`,
    open: async () => ({
      store: new MemoryStore(),
      transport: wsTransport,
      fetch,
      clock: createClock(cli.nowMs),
      random: cli.random,
    }),
  };
}

/** Enrols everybody; the agencies' territories are dealt out one after the other. */
export async function enrolCast(
  network: RunningNetwork,
  conversations: readonly Conversation[],
  casting: Casting,
): Promise<readonly Scene[]> {
  const { agencies } = network.keys;
  const roles = conversations.flatMap((conversation) => rolesOf(conversation).map((speaker) => ({ conversation, speaker })));
  const cast = roles.map((role, i) => ({ ...role, number: i + 1, agency: agencies[i % agencies.length] as NamedAgency }));
  const actors = await together(TOGETHER_MAX, cast, ({ number, agency }) =>
    admitActor(network, casting, casting.handleOf(number), agency),
  );
  return conversations.map((conversation) => ({
    conversation,
    actors: new Map(
      cast.flatMap((role, i) => (role.conversation === conversation ? [[role.speaker, actors[i] as Actor] as const] : [])),
    ),
  }));
}

function rolesOf({ speakers }: Conversation): readonly string[] {
  return speakers.length > 1 ? speakers : [...speakers, LISTENER];
}

async function admitActor(network: RunningNetwork, casting: Casting, handle: string, agency: NamedAgency): Promise<Actor> {
  const options = await casting.open(handle);
  const client = (await openEnrolled(options)) ?? (await enrol(network, options, handle, agency));
  await goOnline(client, ONLINE_MAX_MS);
  return { client, handle: `@${handle}`, agency };
}

async function openEnrolled(options: ClientOptions): Promise<Client | null> {
  try {
    return await Client.open(options);
  } catch (error) {
    if (error instanceof AppError && error.code === 'session.proof_invalid') return null;
    throw error;
  }
}

/** By a voucher of the operator, for a device in the agency's territory. */
async function enrol(
  { dir, keys, urls }: RunningNetwork,
  options: ClientOptions,
  handle: string,
  { territory }: NamedAgency,
): Promise<Client> {
  const wish = { count: 1, territory, valid_s: VOUCHER_VALID_S };
  const { vouchers } = await operatorCall<{ vouchers: string[] }>(dir, keys, '/operator/vouchers', wish);
  return Client.enrol({ ...options, url: urls.api, vouchers, handle, consent: () => true });
}

/** `work` for each item, at most `width` at a time; results in order. */
export async function together<T, R>(
  width: number,
  items: readonly T[],
  work: (item: T, position: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T, i);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}

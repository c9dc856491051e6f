/** The conversations of a story as real MLS groups, and the lines that are said in them. */
import type { Client } from '@countersign/client';
import type { Cli } from '../cli.ts';
import { CliError } from '../failure.ts';
import { settle } from '../member/settle.ts';
import { type Actor, type Scene, together } from './cast.ts';
import type { LineRecord } from './figures.ts';

const GROUPS_TOGETHER_MAX = 6;
/** Conversations that go on at the same time: few enough that a line's time is its own and not its neighbours'. */
const TALKS_TOGETHER_MAX = 3;
const JOINED_MAX_MS = 60_000;
const RECEIVED_MAX_MS = 20_000;

export interface OpenScene extends Scene {
  /** Id of the group. */
  readonly group: string;
}

export function openScenes(scenes: readonly Scene[]): Promise<OpenScene[]> {
  return together(GROUPS_TOGETHER_MAX, scenes, openScene);
}

/** The group of a conversation, made by its first speaker and joined by everybody. */
export async function openScene(scene: Scene): Promise<OpenScene> {
  const [host, ...guests] = [...scene.actors.values()] as [Actor, ...Actor[]];
  const names = guests.map(({ handle }) => handle.slice(1));
  const group = names.length === 1 ? await host.client.direct(names[0] as string) : await host.client.createGroup('', names);
  await settle(host.client, group);
  await Promise.all(guests.map(({ client }) => joined(client, group, scene.actors.size)));
  return { ...scene, group };
}

/** Resolves when the member is in the group with everybody else. */
async function joined(client: Client, group: string, size: number): Promise<void> {
  await until(client, JOINED_MAX_MS, async () => {
    const conversation = await client.conversation(group);
    return conversation?.status === 'active' && conversation.members.length >= size ? true : null;
  });
}

/** Says every line of every conversation, each after the one before it was heard; `isInScope` by position of the conversation. */
export async function playScenes(
  cli: Cli,
  scenes: readonly OpenScene[],
  isInScope: (position: number) => boolean,
): Promise<LineRecord[]> {
  const records = await together(TALKS_TOGETHER_MAX, scenes, (scene, i) => playScene(cli, scene, isInScope(i)));
  return records.flat();
}

async function playScene(cli: Cli, { conversation, actors, group }: OpenScene, isInScope: boolean): Promise<LineRecord[]> {
  const records: LineRecord[] = [];
  const spoken = new Set<string>();
  for (const line of conversation.lines) {
    const sender = actors.get(line.from) as Actor;
    const record: LineRecord = {
      text: line.text,
      from: sender.handle,
      isInScope,
      isFirst: !spoken.has(line.from),
      agency: sender.agency.code,
      recipients: actors.size - 1,
      messageId: null,
      sentAtMs: cli.nowMs(),
      isAcked: false,
      received: [],
    };
    records.push(record);
    spoken.add(line.from);
    await say(
      record,
      sender,
      [...actors.values()].filter((actor) => actor !== sender),
      group,
    );
  }
  return records;
}

/** One line: sent, acknowledged, heard. What does not happen in time is not counted, and the talk goes on. */
async function say(record: LineRecord, sender: Actor, listeners: readonly Actor[], group: string): Promise<void> {
  const { messageId, acked } = await sender.client.send(group, { kind: 'text', text: record.text });
  record.messageId = messageId;
  record.isAcked = await acked.then(
    () => true,
    () => false,
  );
  const heard = await Promise.allSettled(listeners.map(({ client }) => received(client, messageId)));
  for (const result of heard) if (result.status === 'fulfilled') record.received.push(result.value);
}

function received(client: Client, messageId: string): Promise<string> {
  return until(client, RECEIVED_MAX_MS, async () => {
    const message = await client.message(messageId);
    return message?.state === 'received' && message.body?.kind === 'text' ? message.body.text : null;
  });
}

/** The first value that `look` finds, asked again after each event. */
async function until<T>(client: Client, maxMs: number, look: () => Promise<T | null>): Promise<T> {
  const deadline = AbortSignal.timeout(maxMs);
  for (;;) {
    const changed = client.events.when(() => true, deadline);
    changed.catch(() => {});
    const found = await look();
    if (found !== null) return found;
    await changed.catch((cause: unknown) => {
      throw new CliError('story.late', 'a device did not see in time what it should', undefined, { cause });
    });
  }
}

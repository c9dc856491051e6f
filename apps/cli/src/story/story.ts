/** `countersign story`: given conversations, on a network of real processes from voucher to evidence, and what came of them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cli } from '../cli.ts';
import { DEFAULT_AGENCIES } from '../network/agencies.ts';
import { type RunningNetwork, startNetwork } from '../network/network.ts';
import type { StoryOptions } from '../verbs/story.ts';
import { Audience } from './audience.ts';
import { enrolCast, passingCast, type Scene } from './cast.ts';
import { type Conversation, readConversations } from './conversations.ts';
import { countFigures, type Figures, type LineRecord } from './figures.ts';
import { putOrder } from './order.ts';
import { type Proofs, proveStory } from './proof.ts';
import { openScenes, playScenes } from './stage.ts';

const SIZE = { custodians: 5, threshold: 3, witnesses: 3, agencies: DEFAULT_AGENCIES };

export interface StoryFigures extends Figures, Proofs {
  readonly agencies: number;
  readonly processes: number;
}

export async function runStory(cli: Cli, { conversations: path, data }: StoryOptions): Promise<StoryFigures> {
  const conversations = await readConversations(path);
  const dir = data ?? (await mkdtemp(join(tmpdir(), 'countersign-story-')));
  try {
    const network = await startNetwork(cli, { dir, port: null, size: SIZE });
    try {
      return await tellStory(cli, network, conversations);
    } finally {
      await network.stop();
    }
  } finally {
    if (data === undefined) await rm(dir, { recursive: true, force: true });
  }
}

/** The order covers today and tomorrow. */
const TWO_DAYS = 2;

/** Every second conversation, beginning with the first, is in the order's scope. */
const isInScope = (position: number): boolean => position % 2 === 0;

async function tellStory(cli: Cli, network: RunningNetwork, conversations: readonly Conversation[]): Promise<StoryFigures> {
  const say = stopwatch(cli);
  say(`${network.processes} processes run`);
  const scenes = await enrolCast(network, conversations, passingCast(cli));
  say(`${countActors(scenes)} members are enrolled`);
  const open = await openScenes(scenes);
  say(`${open.length} conversations are open`);
  const groups = open.filter((_, i) => isInScope(i)).map(({ group }) => group);
  const order = await putOrder(cli, network, groups, TWO_DAYS);
  const audience = await Audience.open(cli, network);
  say(`order ${order} is logged and approved; ${audience.seats.length} officers read`);
  const lines = await playScenes(cli, open, isInScope);
  await audience.saw(idsOf(lines, true));
  say(`${lines.length} lines are said`);
  const readable = await audience.tryToRead([...idsOf(lines, false)], order);
  const figures = countFigures(lines, audience.feed, readable);
  say('everything is counted');
  const proofs = await proveStory(cli, network, audience, order);
  say('evidence and log are verified');
  await audience.stop();
  await Promise.all(scenes.flatMap(({ actors }) => [...actors.values()].map(({ client }) => client.close())));
  return { ...figures, agencies: audience.seats.length, ...proofs, processes: network.processes };
}

function idsOf(lines: readonly LineRecord[], inScope: boolean): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => (line.isInScope === inScope && line.messageId !== null ? [line.messageId] : [])));
}

function countActors(scenes: readonly Scene[]): number {
  return scenes.reduce((sum, { actors }) => sum + actors.size, 0);
}

/** Says how long each part took. */
function stopwatch(cli: Cli): (text: string) => void {
  const startedMs = cli.nowMs();
  return (text) => cli.say(`${((cli.nowMs() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

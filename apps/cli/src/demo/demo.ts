/** The demonstration of `up --demo`: bundled members talk without end, half of them under a live order that everybody has approved. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Cli } from '../cli.ts';
import { homeOptions } from '../member/home.ts';
import { readJson, writeJson } from '../network/data-dir.ts';
import type { RunningNetwork } from '../network/network.ts';
import { type Actor, type Casting, enrolCast } from '../story/cast.ts';
import { readConversations } from '../story/conversations.ts';
import { putOrder } from '../story/order.ts';
import { type OpenScene, openScene } from '../story/stage.ts';

const CONVERSATIONS = fileURLToPath(new URL('../../demo/conversations.jsonl', import.meta.url));
/** Between two lines of the whole demonstration. */
const PAUSE_MS = 3_000;
const ORDER_DAYS = 30;
const DAY_MS = 86_400_000;

const NAMES = [
  ...['anna', 'boris', 'carla', 'dmitri', 'elena', 'farid', 'grete', 'hugo', 'ines', 'jonas', 'kadri', 'leo'],
  ...['marta', 'nils', 'olga', 'paavo', 'quinn', 'rosa', 'sven', 'tiina', 'uwe', 'vera', 'wim', 'yuki'],
];

export interface Demo {
  /** Nobody says anything more; what was said is on disk. */
  stop(): Promise<void>;
}

/** What the demonstration goes on with after a restart. */
interface State {
  readonly groups: Readonly<Record<string, string>>;
  readonly order: { readonly id: string; readonly lastDay: number } | null;
}

export async function runDemo(cli: Cli, network: RunningNetwork): Promise<Demo> {
  const conversations = await readConversations(CONVERSATIONS);
  const file = join(network.dir.path, 'demo', 'state.json');
  const scenes = await enrolCast(network, conversations, castingOf(cli, network));
  let state = ((await readJson(file)) as State | null) ?? { groups: {}, order: null };
  const open: OpenScene[] = [];
  for (const scene of scenes) {
    const { id } = scene.conversation;
    const group = state.groups[id];
    const opened = group === undefined ? await openScene(scene) : { ...scene, group };
    open.push(opened);
    state = { ...state, groups: { ...state.groups, [id]: opened.group } };
    await writeJson(file, state);
  }
  const today = Math.floor(cli.nowMs() / DAY_MS);
  if (state.order === null || state.order.lastDay < today) {
    const id = await putOrder(
      cli,
      network,
      open.filter((_, i) => i % 2 === 0).map(({ group }) => group),
      ORDER_DAYS,
    );
    state = { ...state, order: { id, lastDay: today + ORDER_DAYS - 1 } };
    await writeJson(file, state);
  }
  cli.say(`the demonstration runs: ${open.length} conversations, order ${state.order?.id}`);
  return talk(cli, open);
}

function castingOf(cli: Cli, { dir }: RunningNetwork): Casting {
  return {
    handleOf: (number) => `demo-${NAMES[number - 1] ?? number}`,
    open: (handle) => homeOptions(cli, join(dir.path, 'demo', handle)),
  };
}

/** One line after the other, each conversation in its turn, from the beginning again at its end. */
function talk(cli: Cli, scenes: readonly OpenScene[]): Demo {
  const ending = new AbortController();
  const talking = (async () => {
    for (let turn = 0; !ending.signal.aborted; turn++) {
      const scene = scenes[turn % scenes.length] as OpenScene;
      const { lines } = scene.conversation;
      const line = lines[Math.floor(turn / scenes.length) % lines.length];
      const sender = scene.actors.get(line?.from ?? '') as Actor;
      // While a service is down the line waits in the outbox.
      await sender.client
        .send(scene.group, { kind: 'text', text: line?.text ?? '' })
        .catch((error: Error) => cli.say(error.message));
      await delay(PAUSE_MS, undefined, { signal: ending.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      ending.abort();
      await talking;
      await Promise.all(scenes.flatMap(({ actors }) => [...actors.values()].map(({ client }) => client.close())));
    },
  };
}

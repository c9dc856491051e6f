/** The ports of a network: one block of 96 on loopback, so that `--port N` moves all of them together. */
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Random } from '@countersign/crypto';
import { CliError } from '../failure.ts';
import { type DataDir, readJson, writeJson } from './data-dir.ts';

const BLOCK_PORTS = 96;
const FIRST_BLOCK = 4100;
/** Below the range that systems take the ports of outgoing connections from. */
const LAST_BLOCK = 29_900;
const ATTEMPTS_MAX = 50;
const HOST = '127.0.0.1';

/** Offsets in the block. The last one is held by the supervisor as the sign that the block is taken. */
const OFFSET = {
  delivery: 0,
  gateways: 1,
  logbook: 8,
  gatewayPrivates: 16,
  witnesses: 24,
  custodians: 32,
  witnessPrivates: 64,
  supervisor: 95,
} as const;
export const GATEWAYS_MAX = OFFSET.logbook - OFFSET.gateways;
export const WITNESSES_MAX = OFFSET.custodians - OFFSET.witnesses;
export const CUSTODIANS_MAX = OFFSET.witnessPrivates - OFFSET.custodians - 1;

export interface PortPair {
  readonly public: number;
  readonly private: number;
}

export interface Ports {
  /** Members' port: the messenger and the API. */
  readonly delivery: number;
  readonly deliveryPrivate: number;
  readonly log: number;
  readonly logPrivate: number;
  readonly noticesPrivate: number;
  readonly gateways: readonly PortPair[];
  readonly witnesses: readonly PortPair[];
  readonly custodians: readonly number[];
}

/** How many processes there are of each kind that can be many. */
type Counted = { readonly [kind in 'gateways' | 'witnesses' | 'custodians']: readonly unknown[] };

export function portsOf(base: number, counted: Counted): Ports {
  const range = (count: number, first: number) => Array.from({ length: count }, (_, i) => base + first + i);
  const pairs = (count: number, first: number, firstPrivate: number): PortPair[] =>
    range(count, first).map((port) => ({ public: port, private: port - first + firstPrivate }));
  return {
    delivery: base + OFFSET.delivery,
    log: base + OFFSET.logbook,
    deliveryPrivate: base + OFFSET.logbook + 1,
    logPrivate: base + OFFSET.logbook + 2,
    noticesPrivate: base + OFFSET.logbook + 3,
    gateways: pairs(counted.gateways.length, OFFSET.gateways, OFFSET.gatewayPrivates),
    witnesses: pairs(counted.witnesses.length, OFFSET.witnesses, OFFSET.witnessPrivates),
    custodians: range(counted.custodians.length, OFFSET.custodians),
  };
}

/** A block that this process holds as long as it lives. */
export interface PortBlock {
  readonly base: number;
  release(): Promise<void>;
}

/** The block that was asked for, or the one that the network had; a new network gets any free one. */
export async function holdPorts(dir: DataDir, asked: number | null, random: Random): Promise<PortBlock> {
  const file = join(dir.path, 'ports.json');
  const known = (await readJson(file)) as { readonly base: number } | null;
  const base = asked ?? known?.base ?? null;
  const block = base === null ? await findBlock(random) : await holdBlock(base);
  if (block.base !== known?.base) await writeJson(file, { base: block.base });
  return block;
}

/** The block at `base`; throws `port.taken` if any of its ports is in use. */
async function holdBlock(base: number): Promise<PortBlock> {
  const held = await tryBlock(base);
  if (held === null)
    throw new CliError('port.taken', `ports ${base} to ${base + BLOCK_PORTS - 1} are needed, and one of them is in use`);
  return held;
}

/** The usual block if it is free, else a random one. */
async function findBlock(random: Random): Promise<PortBlock> {
  const blocks = Math.floor((LAST_BLOCK - FIRST_BLOCK) / BLOCK_PORTS);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const [high = 0, low = 0] = random(2);
    const held = await tryBlock(FIRST_BLOCK + (attempt === 0 ? 0 : BLOCK_PORTS * ((256 * high + low) % blocks)));
    if (held !== null) return held;
  }
  throw new CliError('port.taken', 'no free block of ports was found; name one with --port');
}

async function tryBlock(base: number): Promise<PortBlock | null> {
  const guard = await tryListen(base + OFFSET.supervisor);
  if (guard === null) return null;
  for (let port = base; port < base + OFFSET.supervisor; port++) {
    const probe = await tryListen(port);
    if (probe === null) {
      await close(guard);
      return null;
    }
    await close(probe);
  }
  return { base, release: () => close(guard) };
}

function tryListen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(null));
    server.listen({ host: HOST, port }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

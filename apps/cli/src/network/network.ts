/** A running network: made at first, taken up from its data directory afterwards (docs/network.md). */
import type { Database } from '@countersign/db';
import { type Cli, nowOf } from '../cli.ts';
import {
  type PlanInput,
  type ProcessPlan,
  planDelivery,
  planFoundation,
  planGateways,
  planNotices,
  type Urls,
  urlsOf,
  writeConfigs,
  writeNetworkFile,
} from './configs.ts';
import { type DataDir, dataDir, exists, makeDataDir } from './data-dir.ts';
import { openDatabases, prepareDatabases } from './databases.ts';
import { createGenesis, startLog } from './genesis.ts';
import { createKeys, type NetworkKeys, type NetworkSize, readKeys, writeKeys } from './keys.ts';
import { operatorCall } from './operator.ts';
import { takeOver } from './orphans.ts';
import { holdPorts, type PortBlock, portsOf } from './ports.ts';
import { findPrograms, type Programs } from './programs.ts';
import { Supervisor } from './supervisor.ts';
import { clearUnfinished } from './unfinished.ts';

const NOTICES_VOUCHER_S = 3600;

export interface NetworkOptions {
  readonly dir: string;
  /** First port of the block; null: the one it had, or any free one. */
  readonly port: number | null;
  /** Of a new network. */
  readonly size: NetworkSize;
}

export interface RunningNetwork {
  readonly dir: DataDir;
  readonly keys: NetworkKeys;
  readonly urls: Urls;
  /** Service processes, an embedded database server among them. */
  readonly processes: number;
  /** When an embedded database server ends by itself. */
  readonly databaseEnded: Promise<void>;
  stop(): Promise<void>;
}

/** What runs, in the order in which it is to be stopped. */
interface Parts {
  supervisor: Supervisor;
  database: Database | null;
  ports: PortBlock | null;
  letGo: () => Promise<void>;
}

/** Starts the network of a directory, or makes a new one in an empty one. Whatever was started is stopped again if anything fails. */
export async function startNetwork(cli: Cli, options: NetworkOptions): Promise<RunningNetwork> {
  const dir = dataDir(options.dir);
  const programs = findPrograms();
  await makeDataDir(dir);
  const parts: Parts = {
    supervisor: new Supervisor(dir, programs, cli.say),
    database: null,
    ports: null,
    letGo: await takeOver(dir),
  };
  try {
    return await start(cli, options, dir, programs, parts);
  } catch (error) {
    await stop(parts);
    throw error;
  }
}

async function start(cli: Cli, options: NetworkOptions, dir: DataDir, programs: Programs, parts: Parts): Promise<RunningNetwork> {
  const isNew = !(await exists(dir.network));
  if (isNew) await clearUnfinished(dir);
  const keys = isNew ? createKeys(options.size, nowOf(cli), cli.random) : await readKeys(dir);
  if (isNew) await writeKeys(dir, keys);
  parts.ports = await holdPorts(dir, options.port, cli.random);
  const network: PlanInput = { dir, keys, ports: portsOf(parts.ports.base, keys) };
  const urls = urlsOf(network.ports);

  // The log and the custodians come up beside the database.
  const [databases] = await settleAll([
    openDatabases(dir, keys, cli.databaseUrl, { random: cli.random, note: cli.say }).then((database) => {
      parts.database = database;
      return prepareDatabases(database, keys, programs, cli.random);
    }),
    startFoundation(cli, network, parts.supervisor, isNew),
  ]);
  await settleAll([
    startDelivery(network, databases.delivery, programs, parts.supervisor, isNew),
    startPlanned(network, planGateways(network, databases.reviews, programs.pages), parts.supervisor),
  ]);
  await writeNetworkFile(dir, keys, urls);
  return {
    dir,
    keys,
    urls,
    processes: parts.supervisor.size + (cli.databaseUrl === null ? 1 : 0),
    databaseEnded: parts.database?.ended ?? new Promise(() => {}),
    stop: () => stop(parts),
  };
}

/** Witnesses, custodians and the log; a new network makes its constitution before anybody serves under it. */
async function startFoundation(cli: Cli, network: PlanInput, supervisor: Supervisor, isNew: boolean): Promise<void> {
  const { witnesses, custodians } = planFoundation(network);
  await settleAll([
    startPlanned(network, [...witnesses, ...custodians], supervisor),
    isNew ? Promise.resolve() : startLog(network, supervisor),
  ]);
  if (isNew) await createGenesis(cli, network, supervisor);
}

/** Delivery, and the notice account, which it has to admit first. */
async function startDelivery(
  network: PlanInput,
  databaseUrl: string,
  { pages }: Programs,
  supervisor: Supervisor,
  isNew: boolean,
): Promise<void> {
  await startPlanned(network, [planDelivery(network, databaseUrl, pages)], supervisor);
  const vouchers = isNew ? await voucherForNotices(network) : [];
  await startPlanned(network, [planNotices(network, vouchers)], supervisor);
}

async function voucherForNotices({ dir, keys }: PlanInput): Promise<readonly string[]> {
  const wish = { count: 1, territory: keys.agencies[0]?.territory, valid_s: NOTICES_VOUCHER_S };
  return (await operatorCall<{ vouchers: string[] }>(dir, keys, '/operator/vouchers', wish)).vouchers;
}

async function startPlanned({ dir }: PlanInput, plans: readonly ProcessPlan[], supervisor: Supervisor): Promise<void> {
  await writeConfigs(dir, plans);
  await supervisor.start(plans);
}

async function stop(parts: Parts): Promise<void> {
  await parts.supervisor.stop();
  await parts.database?.close();
  await parts.ports?.release();
  await parts.letGo();
}

/** As Promise.all, but rejects only when nothing runs any more, so that all that was started can be stopped. */
async function settleAll<A, B>(all: readonly [Promise<A>, Promise<B>]): Promise<readonly [A, B]> {
  await Promise.allSettled(all);
  return Promise.all(all);
}

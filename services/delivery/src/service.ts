/** A delivery process: its ports, what wakes it, and its end. Several of them may share one database and one folder of attachments. */
import type { Server } from 'node:http';
import { decode } from '@countersign/bytes';
import { dayOf, EntryType, logEntryCodec } from '@countersign/custody';
import { listenDoorbell, openPool } from '@countersign/db';
import { listen, type Running, type ServiceContext } from '@countersign/service';
import type { DeliveryConfig } from './config.ts';
import { type Core, createCore, type Environment } from './core.ts';
import { createPrivateHttp } from './http/operator.ts';
import { createPublicHttp } from './http/public.ts';
import { HEARTBEAT_MS } from './limits.ts';
import { MAIL_CHANNEL } from './messages/acceptor.ts';
import { metricsOf } from './metrics.ts';
import { STATE_CHANNEL } from './policy-book.ts';
import { TYPING_CHANNEL } from './socket/hub.ts';
import { serveDevices, serveGateways } from './socket/upgrades.ts';
import { Upkeep } from './upkeep.ts';

const GROUP_COMMIT_CONNECTIONS = 2;
const FINISH_MAX_MS = 3_000;

export interface DeliveryContext extends ServiceContext {
  readonly nowMs: () => number;
  readonly random: Environment['random'];
}

/** Starts without the log or its profile; what needs them is refused until they are there. */
export async function startDelivery(config: DeliveryConfig, context: DeliveryContext): Promise<Running> {
  const { log: logger, nowMs, random } = context;
  const onError = (error: unknown): void => logger.error({ err: error }, 'delivery');
  const sql = openPool(config.databaseUrl, { name: config.name });
  const batchSql = openPool(config.databaseUrl, { name: `${config.name} messages`, connectionsMax: GROUP_COMMIT_CONNECTIONS });
  await sql`select ensure_partitions(${dayOf(nowMs() / 1000)})`;
  const core = await createCore(config, sql, batchSql, { nowMs, random, onError });
  core.log.mirror.start();
  const ending = new AbortController();
  const following = followLog(core, config.annex, ending.signal).catch(onError);

  const publicHttp = createPublicHttp({
    log: logger,
    anchor: config.anchor,
    listen: config.listen,
    enrolment: core.enrolment,
    blobs: core.parts.blobs,
    rates: core.parts.rates,
    policy: core.parts.policy,
    pagesDir: config.pagesDir,
  });
  const { accounts, network, revocations, vouchers, blobs } = core.parts;
  const { policies, territories, relayKey } = core;
  const metrics = () => metricsOf(core);
  const operatorToken = config.operatorToken;
  const privateHttp = createPrivateHttp({
    log: logger,
    sql,
    operatorToken,
    accounts,
    network,
    policies,
    revocations,
    vouchers,
    metrics,
  });
  const upgrades = { core, networkId: config.anchor.networkId, nowMs, onError };
  serveDevices(publicHttp.server as Server, upgrades);
  const streams = serveGateways(privateHttp.server as Server, upgrades);

  const bells = [
    await listenDoorbell(sql, MAIL_CHANNEL, async () => lookForMail(core, streams), onError),
    await listenDoorbell(sql, STATE_CHANNEL, stateWatch(core), onError),
  ];
  const typing = await sql.listen(TYPING_CHANNEL, (payload) => void core.hub.passTyping(payload).catch(onError));
  const upkeep = new Upkeep({ ...core, ...core.parts, sql, blobs, territories, relayKey, nowMs, onError });
  const heartbeat = setInterval(() => {
    for (const connection of core.hub.all()) connection.checkAlive(core.parts.now());
  }, HEARTBEAT_MS);

  const { host, publicPort, privatePort } = config.listen;
  const urls = {
    public: await listen(publicHttp, { host, port: publicPort }),
    private: await listen(privateHttp, { host, port: privatePort }),
  };
  return {
    urls,
    async stop() {
      clearInterval(heartbeat);
      const finished = Promise.allSettled([core.acceptor.stop(), upkeep.stop()]);
      await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, FINISH_MAX_MS).unref())]);
      for (const connection of core.hub.all()) connection.close();
      for (const stream of streams) stream.close();
      publicHttp.server.closeAllConnections();
      privateHttp.server.closeAllConnections();
      await Promise.all([publicHttp.close(), privateHttp.close()]);
      ending.abort();
      await Promise.allSettled([following, ...bells.map((bell) => bell.close()), typing.unlisten()]);
      await core.log.mirror.stop();
      await Promise.all([sql.end({ timeout: 1 }), batchSql.end({ timeout: 1 })]);
    },
  };
}

async function lookForMail({ hub }: Core, streams: Iterable<{ wake(): void }>): Promise<void> {
  for (const stream of streams) stream.wake();
  await hub.lookForMail();
}

/** Answers rings of STATE_CHANNEL; devices hear of each policy once, whichever process it was made in. */
function stateWatch({ hub, policies }: Core): () => Promise<void> {
  let told = policies.seq;
  return async () => {
    await policies.refresh();
    if (policies.seq !== told) hub.tellNetworkChanged();
    told = policies.seq;
    await hub.lookForRevoked();
  };
}

/** What others log: keys and profiles that devices must hear of, revocations, and new recipients of openings. */
async function followLog(core: Core, annex: Uint8Array | null, signal: AbortSignal): Promise<void> {
  const { log, hub, parts, territories, policies } = core;
  const { directory, mirror } = log;
  const from = mirror.size;
  for (const index of directory.indicesOf(EntryType.certRevoked)) await takeEntry(BigInt(index), core);
  let hasSettled = false;
  const settle = async (): Promise<void> => {
    if (hasSettled || !directory.hasProfile) return;
    hasSettled = true;
    await policies.refresh();
    if (annex !== null) await parts.network.takeAnnex(annex);
  };
  await settle();
  for await (const { index } of mirror.entries(BigInt(from), signal)) {
    await settle();
    const type = await takeEntry(index, core);
    if (type === EntryType.profile || type === EntryType.custodyKey) hub.tellNetworkChanged();
    if (type === EntryType.profile || type === EntryType.custodyKey || type === EntryType.cert)
      await territories.post().catch(() => {});
  }
}

/** The entry's type, or null where everybody treats it as absent. */
async function takeEntry(index: bigint, { log, parts }: Core): Promise<EntryType | null> {
  if (log.directory.entryAt(index) === null) return null;
  const entry = decode(logEntryCodec, log.mirror.entry(index));
  if (entry.type === EntryType.certRevoked && entry.form === 0) await parts.revocations.follow(entry.payload);
  return entry.type;
}

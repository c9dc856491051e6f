/** Puts a review gateway together: copy of the log, intake, orders, releases, archive, reading (docs/network.md, review). */
import { equal } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { type Hash, keyId, OfficerKeyAlg } from '@countersign/custody';
import { openPool } from '@countersign/db';
import { createHttp, LogMirror, LogWriter, listen, type Running, type ServiceContext } from '@countersign/service';
import { Archive } from './archive/archive.ts';
import { OrderKeys } from './archive/order-keys.ts';
import { Tokens } from './archive/tokens.ts';
import { openVault } from './archive/vault.ts';
import type { ReviewConfig } from './config.ts';
import { EvidenceDesk } from './evidence/evidence-desk.ts';
import { EvidenceStore } from './evidence/evidence-store.ts';
import { Bell } from './http/bell.ts';
import { addEvidenceRoutes } from './http/evidence-routes.ts';
import { addNetworkRoute } from './http/network-route.ts';
import { addOrderRoutes } from './http/order-routes.ts';
import { addPages } from './http/pages.ts';
import { addReadingRoutes } from './http/reading-routes.ts';
import { Intake } from './intake/intake.ts';
import { DestroyEvents } from './log/destroy-events.ts';
import { Ledger } from './log/ledger.ts';
import { TerritoryOpenings } from './log/territory-openings.ts';
import { formatMetrics } from './metrics.ts';
import { OrderBook } from './orders/order-book.ts';
import { OrderStore } from './orders/order-store.ts';
import { Orders } from './orders/orders.ts';
import { prepareReadingPolicy } from './reading/may-show.ts';
import { MessageRows } from './reading/message-rows.ts';
import { ReadingRoom } from './reading/reading-room.ts';
import { OfficerSessions } from './reading/sessions.ts';
import { ReleaseDesk } from './release/release-desk.ts';
import { RequestStore } from './release/requests.ts';
import { ScopeCache } from './scope-cache.ts';
import { SealedMail } from './store/sealed-mail.ts';

const BODY_BYTES_MAX = 32 * 2 ** 20;

/** What main.ts hands in. */
export interface ReviewContext extends ServiceContext {
  readonly nowMs: () => number;
  readonly random: Random;
}

export async function startReview(config: ReviewConfig, { log, nowMs, random }: ReviewContext): Promise<Running> {
  const now = (): number => Math.floor(nowMs() / 1000);
  const { anchor, sigSeed, hpkeSecret, logUrl, agencies } = config;
  const ending = new AbortController();

  const sql = openPool(config.databaseUrl, { name: `review ${config.name}` });
  const vaultKey = await openVault(sql, config.passphrase, random);
  const mirror = await LogMirror.open({ anchor, dir: config.dir, now });
  const { directory } = mirror;
  mirror.start();
  await mirror.waitForSize(1, ending.signal);
  directory.addAnnex(config.annex);

  const writer = new LogWriter({ url: logUrl, seed: sigSeed, now, random });
  const territories = new TerritoryOpenings({ url: logUrl, keyId: keyId(crypto.ed25519PublicKey(sigSeed)), hpkeSecret }, mirror);
  const book = new OrderBook(directory);
  const ledger = await Ledger.open({ sql, writer, mirror, logUrl, notifyByOf: (id) => book.notifyByOf(id), random });

  const mail = new SealedMail(sql, random);
  const scopes = new ScopeCache(mail, mirror);
  const keys = new OrderKeys(sql, vaultKey, random);
  await keys.loadAll();
  const tokens = new Tokens(vaultKey);
  const bell = new Bell();
  const archive = await Archive.open({ sql, keys, tokens, directory, nowMs, random, onMessages: () => bell.ring() });

  const ownKey = crypto.ed25519PublicKey(sigSeed);
  const gatewayOf = (agencyId: Uint8Array): Uint8Array | null =>
    directory.readersOf(agencyId).find(({ key }) => key.alg === OfficerKeyAlg.reader && equal(key.key.sigKey, ownKey))
      ?.officerId ?? null;

  const destroyed = new DestroyEvents({ sql, ledger, book, agencies, gatewayOf, sigSeed, now, log });
  const orders = new Orders({
    mirror,
    book,
    store: new OrderStore(sql, vaultKey, random),
    agencies,
    now,
    nowMs,
    onBegin: async (order) => {
      await archive.admitOrder(order);
      await desk.begin(order);
    },
    onEnd: async (orderId) => {
      desk.end(orderId);
      await archive.destroyOrder(orderId);
      destroyed.tell();
    },
  });
  const desk: ReleaseDesk = new ReleaseDesk({
    mirror,
    ledger,
    requests: new RequestStore(sql),
    logUrl,
    custodianUrls: config.custodianUrls,
    hpkeSecret,
    random,
    orders,
    archive,
    mail,
    scopeOf: (grantId) => scopes.get(grantId),
    agencies,
    gatewayOf,
    sigSeed,
    now,
    nowMs,
    log,
  });

  const extend = async (grantIds: readonly Hash[]): Promise<void> => {
    for (const grantId of await archive.heldOf(grantIds)) {
      const scope = await scopes.get(grantId);
      if (scope !== null) await archive.extend(scope);
    }
  };
  const intake = new Intake({
    deliveryUrl: config.deliveryUrl,
    networkId: anchor.networkId,
    gatewayId: config.gatewayId,
    sigSeed,
    mirror,
    mail,
    nowMs,
    random,
    log,
    onScope: (scope) => {
      scopes.add(scope);
      desk.consider(scope);
    },
    onEnvelopes: (grantIds) => {
      extend(grantIds).catch((error: unknown) => log.error({ err: error }, 'messages could not be archived'));
    },
  });

  const sessions = new OfficerSessions({ networkId: anchor.networkId, agencies, directory, nowMs, random });
  const rows = new MessageRows(sql);
  const room = new ReadingRoom({ orders, ledger, keys, directory, sigSeed, now });

  const publicHttp = createHttp({ log, bodyLimitBytes: BODY_BYTES_MAX });
  publicHttp.post('/v1/session', (request) => sessions.open(request.headers.authorization));
  addOrderRoutes(publicHttp, { orders, desk, archive, sessions });
  addReadingRoutes(publicHttp, { room, rows, tokens, sessions, bell });
  const evidence = new EvidenceDesk({
    orders,
    room,
    store: new EvidenceStore(sql),
    ledger,
    mirror,
    scopeOf: (grantId) => scopes.get(grantId),
    rootKey: anchor.rootKey,
    annex: config.annex,
    sigSeed,
    hpkeSecret,
    now,
    random,
  });
  addEvidenceRoutes(publicHttp, { evidence, room, rows, sessions });
  addNetworkRoute(publicHttp, { networkId: anchor.networkId, annex: config.annex });
  if (config.pagesDir !== null) addPages(publicHttp, config.pagesDir);

  const privateHttp = createHttp({ log, bodyLimitBytes: BODY_BYTES_MAX });
  privateHttp.get('/metrics', async (_request, reply) => {
    const { isConnected, lastHeardMs } = intake.health;
    const figures = { ...(await mail.counts()), isConnected, silentMs: nowMs() - lastHeardMs };
    return reply.type('text/plain').send(formatMetrics({ ...figures, logSize: mirror.size, orders: orders.list().length }));
  });

  await orders.load();
  await ledger.recover();
  prepareReadingPolicy();
  await orders.start();
  await desk.resume();
  destroyed.tell();
  const following = territories.follow(ending.signal);
  intake.start();

  const { host, publicPort, privatePort } = config.listen;
  const [publicUrl, privateUrl] = await Promise.all([
    listen(publicHttp, { host, port: publicPort }),
    listen(privateHttp, { host, port: privatePort }),
  ]);
  return {
    urls: { public: publicUrl, private: privateUrl },
    stop: async () => {
      ending.abort();
      ledger.stop();
      publicHttp.server.closeAllConnections();
      await Promise.all([publicHttp.close(), privateHttp.close(), intake.stop(), orders.stop(), desk.stop(), following]);
      await mirror.stop();
      await sql.end({ timeout: 1 });
    },
  };
}

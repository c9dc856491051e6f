/** Puts the notice service together (docs/network.md, notices). */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crypto, type Random } from '@countersign/crypto';
import { keyId } from '@countersign/custody';
import { createHttp, LogMirror, LogWriter, listen, type Running, type ServiceContext } from '@countersign/service';
import { AppError } from '@countersign/wire';
import type { NoticesConfig } from './config.ts';
import { GrantSenders } from './due-orders.ts';
import { Messenger } from './messenger.ts';
import { NoticeLog } from './notice-log.ts';
import { NoticeService } from './notice-service.ts';
import { SealedOpenings } from './sealed-openings.ts';
import { ServedNotices } from './served.ts';

const STEP_MS = 1_000;
const BODY_BYTES_MAX = 65_536;

/** What main.ts hands in. */
export interface NoticesContext extends ServiceContext {
  readonly nowMs: () => number;
  readonly random: Random;
}

export async function startNotices(config: NoticesConfig, { log, nowMs, random }: NoticesContext): Promise<Running> {
  const now = (): number => Math.floor(nowMs() / 1000);
  const { anchor, home, logUrl: url, oversightSeed, complaint, deliveryUrl, vouchers, handle } = config;
  const ending = new AbortController();

  await mkdir(home, { recursive: true, mode: 0o700 });
  const mirror = await LogMirror.open({ anchor, dir: join(home, 'log'), now });
  mirror.start();
  await mirror.waitForSize(1, ending.signal);
  mirror.directory.addAnnex(config.annex);
  const messenger = await Messenger.open({ home, deliveryUrl, vouchers, handle, random, nowMs });
  messenger.start();

  const served = await ServedNotices.open(home);
  const openings = new SealedOpenings(url, keyId(crypto.ed25519PublicKey(oversightSeed)), config.oversightHpkeSecret, mirror);
  const noticeLog = new NoticeLog(new LogWriter({ url, seed: oversightSeed, now, random }), mirror, url);
  const senders = new GrantSenders(mirror.directory);
  const parts = { mirror, openings, senders, noticeLog, served, messenger, oversightSeed, complaint, now, random, log };
  const service = new NoticeService(parts);

  const http = createHttp({ log, bodyLimitBytes: BODY_BYTES_MAX });
  http.get('/metrics', (_request, reply) =>
    reply.type('text/plain').send(`# TYPE notices_unsent gauge\nnotices_unsent ${served.unsent}\n`),
  );
  const privateUrl = await listen(http, { host: config.listen.host, port: config.listen.privatePort });

  const work = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await service.step(ending.signal).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error; // the log cannot be reached: ask again
      });
      await waitMs(STEP_MS, ending.signal);
    }
  })();
  return {
    urls: { private: privateUrl },
    stop: async () => {
      ending.abort();
      await work;
      await Promise.all([http.close(), messenger.close(), mirror.stop()]);
    },
  };
}

function waitMs(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}

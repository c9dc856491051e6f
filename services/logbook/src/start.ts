/** The logbook as a running service: storage, publisher, filler and its two ports (docs/network.md, logbook). */
import { mkdir } from 'node:fs/promises';
import { equal } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { ConfigError, createHttp, listen, type Running, type ServiceContext } from '@countersign/service';
import type { LogbookConfig } from './config.ts';
import { Filler } from './filler.ts';
import { LogBook } from './log-book.ts';
import { formatMetrics } from './metrics.ts';
import { OpeningsBox } from './openings-box.ts';
import { addPrivateRoutes, PRIVATE_BODY_BYTES_MAX } from './private-routes.ts';
import { addPublicRoutes } from './public-routes.ts';
import { Publisher } from './publisher.ts';

const PUBLIC_BODY_BYTES_MAX = 1024;

export interface LogbookPort {
  readonly log: ServiceContext['log'];
  /** Unix seconds. */
  readonly now: () => number;
  readonly random: Random;
  /** The storage failed: the process has to end. */
  readonly onFault: (error: unknown) => void;
}

export async function startLogbook(config: LogbookConfig, port: LogbookPort): Promise<Running> {
  const { network: anchor, dir, keySeed, witnessUrls, genesis, fillerS } = config;
  const { log, now, random, onFault } = port;
  if (!equal(crypto.ed25519PublicKey(keySeed), anchor.log.key))
    throw new ConfigError('key_seed', 'the key of network.log.key is needed');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const book = await LogBook.open({ dir, anchor, genesis, now, onFault });
  const box = await OpeningsBox.open(dir);
  const publisher = await Publisher.open({ dir, anchor, keySeed, witnessUrls, now, log, onFault }, book);
  const filler = new Filler({ seed: keySeed, periodS: fillerS, now, random, log }, book);

  const publicHttp = createHttp({ log, bodyLimitBytes: PUBLIC_BODY_BYTES_MAX });
  addPublicRoutes(publicHttp, book, publisher, config.networkJson);
  const privateHttp = createHttp({ log, bodyLimitBytes: PRIVATE_BODY_BYTES_MAX });
  addPrivateRoutes(privateHttp, book, box);
  privateHttp.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(formatMetrics(book, publisher, box)),
  );

  publisher.start();
  filler.start();
  const { host, publicPort, privatePort } = config.listen;
  const urls = {
    public: await listen(publicHttp, { host, port: publicPort }),
    private: await listen(privateHttp, { host, port: privatePort }),
  };
  return {
    urls,
    async stop() {
      filler.stop();
      await publisher.stop();
      await Promise.all([publicHttp.close(), privateHttp.close()]);
      await book.close();
      await box.close();
    },
  };
}

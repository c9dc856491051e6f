/** The logbook's process: `node main.js CONFIG` (docs/network.md). */
import { crypto } from '@countersign/crypto';
import { runService } from '@countersign/service';
import { parseConfig } from './config.ts';
import { startLogbook } from './start.ts';

await runService(process, 'logbook', parseConfig, (config, { log }) =>
  startLogbook(config, {
    log,
    now: () => Math.floor(Date.now() / 1000),
    random: crypto.randomBytes,
    onFault(error) {
      log.fatal({ err: error }, 'the storage failed');
      process.exit(1);
    },
  }),
);

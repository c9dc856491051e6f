/** A witness's process: `node main.js CONFIG` (docs/network.md). */
import { runService } from '@countersign/service';
import { parseConfig } from './config.ts';
import { startWitness } from './start.ts';

await runService(process, 'witness', parseConfig, (config, { log }) =>
  startWitness(config, { log, now: () => Math.floor(Date.now() / 1000) }),
);

/** Runs a custodian: `node main.js CONFIG` (docs/network.md). */
import { crypto } from '@countersign/crypto';
import { runService } from '@countersign/service';
import { parseConfig } from './config.ts';
import { startCustodian } from './custodian.ts';

await runService(process, 'custodian', parseConfig, (config, context) =>
  startCustodian(config, { ...context, nowMs: Date.now, random: crypto.randomBytes }),
);

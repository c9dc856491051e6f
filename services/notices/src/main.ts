/** The process of the notice service (docs/network.md, notices). */
import process from 'node:process';
import { crypto } from '@countersign/crypto';
import { runService } from '@countersign/service';
import { parseNoticesConfig } from './config.ts';
import { startNotices } from './start.ts';

await runService(process, 'notices', parseNoticesConfig, (config, { log }) =>
  startNotices(config, { log, nowMs: Date.now, random: crypto.randomBytes }),
);

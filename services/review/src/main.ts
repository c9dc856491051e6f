/** The process of a review gateway (docs/network.md, review). */
import process from 'node:process';
import { crypto } from '@countersign/crypto';
import { runService } from '@countersign/service';
import { parseReviewConfig } from './config.ts';
import { startReview } from './start.ts';

await runService(process, 'review', parseReviewConfig, (config, { log }) =>
  startReview(config, { log, nowMs: Date.now, random: crypto.randomBytes }),
);

/** The delivery process: `node main.js CONFIG` (docs/network.md). */
import { crypto } from '@countersign/crypto';
import { runService } from '@countersign/service';
import { parseDeliveryConfig } from './config.ts';
import { startDelivery } from './service.ts';

await runService(process, 'delivery', parseDeliveryConfig, (config, context) =>
  startDelivery(config, { ...context, nowMs: () => Date.now(), random: crypto.randomBytes }),
);

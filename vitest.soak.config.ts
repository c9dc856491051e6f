/** `npm run soak`: tests that kill processes of a whole network for minutes; apart from `npm test`, on a machine of their own. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: { include: ['e2e/network/crash.test.ts'], fileParallelism: false, hookTimeout: 300_000 },
});

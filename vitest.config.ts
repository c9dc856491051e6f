/** How every test is found and run: on the sources; libraries side by side, whatever starts processes of its own one file after the other. */
import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**'];

/** Files here start databases, services or browsers: two at once would measure each other. */
const PROCESSES = ['packages/{client,db}/**/*.test.ts', 'services/**/*.test.ts', 'apps/cli/**/*.test.ts', 'e2e/**/*.test.ts'];

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'libraries',
          include: ['{packages,apps,vectors,sim,bench,tools}/**/*.test.{ts,tsx}'],
          exclude: [...exclude, ...PROCESSES],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: PROCESSES,
          // Minutes of kills: `npm run soak`.
          exclude: [...exclude, 'e2e/network/crash.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

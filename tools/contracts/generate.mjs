/** Generates packages/wire/src/gen from contracts/: frames by buf, error codes from errors.json. `--check` fails when git sees a difference. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url).pathname;
const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: 'inherit' });

run(`${root}node_modules/.bin/buf`, ['lint'], `${root}contracts`);
run(`${root}node_modules/.bin/buf`, ['generate'], `${root}contracts`);

const { codes } = JSON.parse(readFileSync(`${root}contracts/errors.json`, 'utf8'));
const rows = Object.entries(codes).map(([code, fact]) => `  ${JSON.stringify(code)}: ${JSON.stringify(fact)},`);
mkdirSync(`${root}packages/wire/src/gen`, { recursive: true });
writeFileSync(
  `${root}packages/wire/src/gen/errors.ts`,
  `/** Generated from contracts/errors.json by tools/contracts. */
export const APP_CODES = {
${rows.join('\n')}
} as const satisfies Record<string, { meaning: string; action: string; retry: boolean }>;

export type AppCode = keyof typeof APP_CODES;
`,
);

if (process.argv.includes('--check')) {
  const changed = execFileSync('git', ['status', '--porcelain', '--', 'packages/wire/src/gen'], { cwd: root, encoding: 'utf8' });
  if (changed !== '') {
    console.error(`packages/wire/src/gen is not what contracts/ says; run npm run contracts and commit:\n${changed}`);
    process.exit(1);
  }
}

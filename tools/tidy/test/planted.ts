/** A clean little repository, and changes to it: each rule must find its violation in the changed one and nothing in the clean one. */
import { type Finding, makeRepo, type Rule } from '../src/index.ts';

const HEADER = '/** What this file is, and its clause (PROTOCOL 1). */\n';

/** `package.json` of a workspace, with `more` on top. */
export function manifestOf(name: string, more: object = {}): string {
  const base = {
    name,
    version: '0.1.0',
    private: true,
    description: 'A workspace of the test',
    license: 'Apache-2.0',
    type: 'module',
  };
  return JSON.stringify({ ...base, exports: { '.': './src/index.ts' }, ...more });
}

export function code(text = ''): string {
  return `${HEADER}${text}\n`;
}

export const CLEAN: Readonly<Record<string, string>> = {
  'package.json': manifestOf('countersign', { exports: {}, devDependencies: { vitest: '4.1.12' } }),
  'README.md': '# Here one may discuss a ghost\n',
  'packages/bytes/package.json': manifestOf('@countersign/bytes'),
  'packages/bytes/tsconfig.json': '{}',
  'packages/bytes/src/index.ts': code('export const one = 1;'),
  'packages/bytes/test/one.test.ts': code(
    `import { test } from 'vitest';\nimport { one } from '../src/index.ts';\ntest('x', () => one);`,
  ),
  'packages/custody/package.json': manifestOf('@countersign/custody', { dependencies: { '@countersign/bytes': '0.1.0' } }),
  'packages/custody/tsconfig.json': '{ "references": [{ "path": "../bytes" }] }',
  'packages/custody/src/index.ts': code(`export { one } from '@countersign/bytes';`),
  'packages/mls/package.json': manifestOf('@countersign/mls'),
  'packages/mls/src/index.ts': code(),
  'packages/db/package.json': manifestOf('@countersign/db'),
  'packages/db/src/index.ts': code(),
  'packages/verify/package.json': manifestOf('@countersign/verify'),
  'packages/verify/src/index.ts': code(),
  'packages/service/package.json': manifestOf('@countersign/service'),
  'packages/service/src/index.ts': code(),
  'services/delivery/package.json': manifestOf('@countersign/delivery'),
  'services/delivery/src/main.ts': code('export const env = process.env;\nexport const now = Date.now();'),
  'services/review/package.json': manifestOf('@countersign/review'),
  'services/review/src/index.ts': code(),
};

/** What `rule` finds in the clean repository with `changes` laid over it. */
export function findings(rule: Rule, changes: Readonly<Record<string, string>>): readonly Finding[] {
  return [...rule.check(makeRepo({ ...CLEAN, ...changes }))];
}

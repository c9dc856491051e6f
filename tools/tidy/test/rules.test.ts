/** Every house rule finds its planted violation, at its place, and leaves the near miss beside it alone. */
import { describe, expect, test } from 'vitest';
import { RULES } from '../src/index.ts';
import { CLEAN, code, findings, manifestOf } from './planted.ts';

type Files = Readonly<Record<string, string>>;
interface Case {
  /** Files, and where the one finding must be: `path:line`. */
  readonly bad: Readonly<Record<string, readonly [files: Files, at: string]>>;
  /** Files that look similar and are right. */
  readonly good: Readonly<Record<string, Files>>;
}

const SOURCE = 'packages/custody/src/planted.ts';
const TEST = 'packages/custody/test/planted.test.ts';
const source = (text: string): Files => ({ [SOURCE]: code(text) });
const inTest = (text: string): Files => ({ [TEST]: code(text) });
const depends = (folder: string, name: string, version = '0.1.0'): Files => ({
  [`${folder}/package.json`]: manifestOf(`@countersign/${folder.split('/')[1]}`, { dependencies: { [name]: version } }),
});
const LONG = 'const x = 1;\n'.repeat(400);

const CASES: Readonly<Record<string, Case>> = {
  layers: {
    bad: {
      'a library on a service': [depends('packages/db', '@countersign/review'), 'packages/db/package.json:1'],
      'mls on custody': [depends('packages/mls', '@countersign/custody'), 'packages/mls/package.json:1'],
      'custody on mls': [depends('packages/custody', '@countersign/mls'), 'packages/custody/package.json:1'],
      'verify on db': [depends('packages/verify', '@countersign/db'), 'packages/verify/package.json:1'],
      'verify on the common part of services': [
        depends('packages/verify', '@countersign/service'),
        'packages/verify/package.json:1',
      ],
      'one service on another': [depends('services/review', '@countersign/delivery'), 'services/review/package.json:1'],
      'a package without a layer': [
        { 'packages/new/package.json': manifestOf('@countersign/new') },
        'packages/new/package.json:1',
      ],
    },
    good: { 'a service on a library': depends('services/review', '@countersign/db') },
  },
  dependencies: {
    bad: {
      'an undeclared workspace': [{ 'packages/mls/src/a.ts': code(`import '@countersign/bytes';`) }, 'packages/mls/src/a.ts:2'],
      'an undeclared package': [source(`import x from 'left-pad';`), `${SOURCE}:2`],
      'an undeclared import over several lines': [source(`\nimport {\n  x,\n} from 'left-pad';`), `${SOURCE}:3`],
      'an undeclared dynamic import': [source(`const x = await import('left-pad');`), `${SOURCE}:2`],
      'a tool of tests in a source': [source(`import { test } from 'vitest';`), `${SOURCE}:2`],
      'a path into another package': [source(`import { one } from '../../bytes/src/index.ts';`), `${SOURCE}:2`],
      'a reach past the index': [source(`import { one } from '@countersign/bytes/src/one.ts';`), `${SOURCE}:2`],
      'a dependency that nobody imports': [
        { ...depends('packages/mls', '@countersign/bytes'), 'packages/mls/src/index.ts': code() },
        'packages/mls/package.json:1',
      ],
      'a reference that is missing': [
        { 'packages/custody/tsconfig.json': '{ "references": [] }' },
        'packages/custody/tsconfig.json:1',
      ],
      'a reference too many': [
        { 'packages/bytes/tsconfig.json': '{ "references": [{ "path": "../custody" }] }' },
        'packages/bytes/tsconfig.json:1',
      ],
    },
    good: {
      'a commented import': source(`// import x from 'left-pad';`),
      'a built-in module': source(`import { join } from 'node:path';`),
      'a tool of tests in a test': inTest(`import { test } from 'vitest';`),
      'a package resolved by name': {
        ...depends('packages/mls', 'left-pad'),
        'packages/mls/src/index.ts': code(`require.resolve('left-pad');`),
      },
    },
  },
  manifest: {
    bad: {
      'no description': [
        { 'packages/mls/package.json': manifestOf('@countersign/mls', { description: '' }) },
        'packages/mls/package.json:1',
      ],
      'no licence': [
        { 'packages/mls/package.json': manifestOf('@countersign/mls', { license: undefined }) },
        'packages/mls/package.json:1',
      ],
      'open to publication': [
        { 'packages/mls/package.json': manifestOf('@countersign/mls', { private: false }) },
        'packages/mls/package.json:1',
      ],
      CommonJS: [
        { 'packages/mls/package.json': manifestOf('@countersign/mls', { type: 'commonjs' }) },
        'packages/mls/package.json:1',
      ],
      'another name': [{ 'packages/mls/package.json': manifestOf('@countersign/group') }, 'packages/mls/package.json:1'],
      'another version': [
        { 'packages/mls/package.json': manifestOf('@countersign/mls', { version: '0.2.0' }) },
        'packages/mls/package.json:1',
      ],
    },
    good: {},
  },
  versions: {
    bad: {
      'a caret': [depends('packages/mls', 'left-pad', '^1.0.0'), 'packages/mls/package.json:1'],
      'a tilde': [depends('packages/mls', 'left-pad', '~1.0.0'), 'packages/mls/package.json:1'],
      'a tag': [depends('packages/mls', 'left-pad', 'latest'), 'packages/mls/package.json:1'],
      'a star': [depends('packages/mls', 'left-pad', '*'), 'packages/mls/package.json:1'],
      'two versions of one package': [depends('packages/mls', 'vitest', '4.1.11'), 'packages/mls/package.json:1'],
    },
    good: { 'a version before its release': depends('packages/mls', 'left-pad', '18.4.0-beta.17') },
  },
  header: {
    bad: {
      'code first': [{ [SOURCE]: 'export const x = 1;\n' }, `${SOURCE}:1`],
      'a line comment': [{ [SOURCE]: '// What this file is, and its clause.\n' }, `${SOURCE}:1`],
      'an empty sentence': [{ [SOURCE]: '/** Types. */\n' }, `${SOURCE}:1`],
      'SQL without a word': [{ 'services/review/sql/a.sql': 'select 1;\n' }, 'services/review/sql/a.sql:1'],
    },
    good: {
      'a script': { [SOURCE]: `#!/usr/bin/env node\n${code()}` },
      'SQL with its sentence': { 'a.sql': '-- The table of letters and its keys.\n' },
    },
  },
  size: {
    bad: { 'too long': [source(LONG), `${SOURCE}:1`] },
    good: {
      'long for a reason': { [SOURCE]: `/** A table; long because every code stands in it once. */\n${LONG}` },
      'a long document': { 'README.md': LONG },
    },
  },
  names: {
    bad: {
      camelCase: [{ 'packages/mls/src/keyPackage.ts': code() }, 'packages/mls/src/keyPackage.ts:1'],
      snake_case: [{ 'packages/mls/src/key_package.ts': code() }, 'packages/mls/src/key_package.ts:1'],
      'a folder': [{ 'apps/console/Views/a.tsx': code() }, 'apps/console/Views/a.tsx:1'],
    },
    good: { 'kebab-case': { 'packages/mls/test/key-package.test.ts': code() } },
  },
  words: {
    bad: {
      'a shameful word in a comment': [source('// no backdoor here'), `${SOURCE}:2`],
      'in a text': [{ 'apps/console/a.tsx': code(`const title = 'God mode';`) }, 'apps/console/a.tsx:2'],
      'in a frame': [{ 'contracts/a.proto': '// A frame\nmessage Ghost {}\n' }, 'contracts/a.proto:2'],
      'auth for authorisation': [source('const authCount = 1;'), `${SOURCE}:2`],
      'auth at the end of a word': [source('const orderAuth = 1;'), `${SOURCE}:2`],
      'the American spelling': [source('// authorized by the order'), `${SOURCE}:2`],
    },
    good: {
      'authority, authentic, WebAuthn': source('const webauthnAuthority = authenticatorData + authorisationOf(author);'),
      'login elsewhere': { 'services/review/src/login.ts': code('const authCookie = 1;') },
      'a spying test double': inTest('vi.spyOn(clock);'),
    },
  },
  machine: {
    bad: {
      'a home folder': [source(`const path = '/home/someone/data';`), `${SOURCE}:2`],
      'a document with one': [{ 'README.md': '\nSee /root/project/notes\n' }, 'README.md:2'],
      'a registry': [{ 'package-lock.json': '{ "resolved": "https://registry.npmjs.org/x" }' }, 'package-lock.json:1'],
      'a file outside': [source('// as ../../shared/NOTES.md says'), `${SOURCE}:2`],
    },
    good: {
      'a URL': source(`const url = 'https://example.org/home/page';`),
      'a shared folder of ours': source(`import './shared/a.ts';`),
    },
  },
  environment: {
    bad: {
      'the environment in a library': [source('const key = process.env.KEY;'), `${SOURCE}:2`],
      'the environment in a service': [{ 'services/review/src/a.ts': code('process.env.KEY;') }, 'services/review/src/a.ts:2'],
      'a signal': [{ 'services/review/src/a.ts': code(`process.on('SIGTERM', stop);`) }, 'services/review/src/a.ts:2'],
    },
    good: { 'a test': inTest('process.env.KEY;'), 'the name in a comment': source('// not process.env') },
  },
  clock: {
    bad: {
      'now in a library': [source('const now = Date.now();'), `${SOURCE}:2`],
      'a date of now': [source('const now = new Date();'), `${SOURCE}:2`],
    },
    good: { 'a given time': source('const day = new Date(nowMs);'), 'an app': { 'apps/console/a.ts': code('Date.now();') } },
  },
  random: {
    bad: { 'guessable numbers': [{ 'apps/console/a.ts': code('const id = Math.random();') }, 'apps/console/a.ts:2'] },
    good: { 'a simulation': { 'sim/a.ts': code('Math.random();') } },
  },
  escapes: {
    bad: {
      'as any': [source('const x = y as any;'), `${SOURCE}:2`],
      'a parameter of any': [source('function f(x: any) {}'), `${SOURCE}:2`],
      'a list of any': [source('const x: any[] = [];'), `${SOURCE}:2`],
      'any in a type argument': [source('const x = new Map<string, any>();'), `${SOURCE}:2`],
      '@ts-ignore': [source('// @ts-ignore because of reasons that are long'), `${SOURCE}:2`],
      '@ts-expect-error alone': [source('// @ts-expect-error'), `${SOURCE}:2`],
      'biome-ignore alone': [source('// biome-ignore lint/style/x: ok'), `${SOURCE}:2`],
      'biome-ignore as generated': [source('// biome-ignore lint/style/x: <explanation>'), `${SOURCE}:2`],
    },
    good: {
      'an escape with its reason': source(
        '// biome-ignore lint/suspicious/noExplicitAny: the shape differs by op\ntype X = Record<string, any>;',
      ),
      'an expected error with its reason': source('// @ts-expect-error the driver types this as never'),
      'the word': source(`const any = ['any']; // as any reader would\nconst many = a.any(b);`),
    },
  },
  'switched-off': {
    bad: {
      skipped: [inTest(`test.skip('x', () => {});`), `${TEST}:2`],
      'singled out': [inTest(`describe.only('x', () => {});`), `${TEST}:2`],
      promised: [inTest(`it.todo('x');`), `${TEST}:2`],
      'skipped each': [inTest(`test.each([1]).skip('x');\ntest.concurrent.skip('x');`), `${TEST}:3`],
    },
    good: { 'a method of that name': inTest('reader.skip(4);') },
  },
  sleeps: {
    bad: {
      'a promised timer': [inTest('await new Promise((resolve) => setTimeout(resolve, 50));'), `${TEST}:2`],
      'a called one': [inTest('await new Promise((done) => {\n  setTimeout(() => done(), 50);\n});'), `${TEST}:2`],
      'the module of it': [inTest(`import { setTimeout as sleep } from 'node:timers/promises';`), `${TEST}:2`],
      "the browser's": [{ 'e2e/a.test.ts': code('await page.waitForTimeout(50);') }, 'e2e/a.test.ts:2'],
    },
    good: {
      'a limit': inTest('await new Promise((_, reject) => setTimeout(reject, 50));'),
      'a pace that says so': inTest(
        `// paces: the stream of messages\nimport { setTimeout as pause } from 'node:timers/promises';`,
      ),
      'a turn of the event loop': inTest('await new Promise((resolve) => setTimeout(resolve));'),
    },
  },
};

test('every rule has its planted violation', () => {
  expect(Object.keys(CASES).sort()).toEqual(RULES.map(({ name }) => name).sort());
});

describe.each(RULES)('$name', (rule) => {
  const { bad = {}, good = {} } = CASES[rule.name] ?? {};

  test('finds nothing in a clean repository', () => {
    expect(findings(rule, {})).toEqual([]);
  });

  test.each(Object.entries(bad))('finds %s', (_, [files, at]) => {
    expect(findings(rule, files).map(({ path, line }) => `${path}:${line}`)).toEqual([at]);
  });

  test.each(Object.entries(good))('leaves %s alone', (_, files) => {
    expect(findings(rule, files)).toEqual([]);
  });
});

test('the clean repository is no empty one', () => {
  expect(Object.keys(CLEAN).length).toBeGreaterThan(15);
});

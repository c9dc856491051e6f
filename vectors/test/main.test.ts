/** The command: a JSON line for each file that could be run, reasons on stderr, and an exit code that a script can trust. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

/** Each test starts a process, which compiles the sources as it reads them. */
vi.setConfig({ testTimeout: 60_000 });

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-vectors-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...files: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', '--import', 'tsx', MAIN, ...files], {
    encoding: 'utf8',
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, reports: lines.map((line) => JSON.parse(line) as unknown), stderr };
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function fileOf(...cases: object[]): string {
  const count = cases.length;
  return JSON.stringify({ format: 'ac1-vectors/1', count, counts: { points: count }, sections: { points: cases } });
}

const passing = { name: 'identity', op: 'point_decode', in: { bytes: '00'.repeat(65) }, expect: 'point.identity' };

test('exit 0 when every case passed', () => {
  const file = write('good.json', fileOf(passing));
  expect(run(file)).toEqual({ status: 0, reports: [{ file, passed: 1, failed: 0, failures: [] }], stderr: '' });
});

test('exit 1 when one file has a failed case or cannot be run, and the other files are run all the same', () => {
  const failing = write('failing.json', fileOf(passing, { ...passing, name: 'unknown', op: 'no_such_op' }));
  const broken = write('broken.json', '{');
  const missing = join(folder, 'missing.json');
  const good = write('good.json', fileOf(passing));
  const { status, reports, stderr } = run(failing, broken, missing, good);
  expect(status).toBe(1);
  expect(reports).toEqual([
    { file: failing, passed: 1, failed: 1, failures: ['points: unknown'] },
    { file: good, passed: 1, failed: 0, failures: [] },
  ]);
  expect(stderr).toContain('points: unknown: no op no_such_op');
  expect(stderr).toContain(`${broken}: vectors.not_json`);
  expect(stderr).toContain(`${missing}: ENOENT`);
});

test('exit 2 without a file', () => {
  expect(run()).toMatchObject({ status: 2, reports: [], stderr: expect.stringContaining('usage') });
});

/** Prints `N passed, N failed` from the results that `npm test` wrote; run as a program it fails if there are none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { fail, ROOT } from './bootstrap.mjs';

/** Vitest's own report, in an ignored folder. */
export const RESULTS = join(ROOT, 'dist', 'test-results.json');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(`${countsLine(readResults())}\n`);
}

function readResults() {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8'));
  } catch {
    return fail('The tests ended before they wrote their results.');
  }
}

/** A file that fails as a whole (it does not load, its set-up throws) has no failed test in it and counts as one. */
function countsLine({ numPassedTests, numFailedTests, testResults }) {
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return `${numPassedTests} passed, ${numFailedTests + brokenFiles.length} failed`;
}

/** No sleep as synchronisation in tests (rule 9): wait for the state itself, with a limit. */
import { isCode, isTest } from '../repo.ts';
import { matches, type Rule } from '../rule.ts';

const SLEEPS = [
  /\bwaitForTimeout\(/g,
  /\bfrom ['"](?:node:)?timers\/promises['"]/g,
  // A promise that a timer resolves; one that it rejects is a limit, which is welcome.
  /\(\s*\(?\s*(\w+)\s*\)?\s*=>\s*\{?\s*setTimeout\(\s*(?:\1\s*,|\(\)\s*=>\s*\1\()/g,
];

export const sleeps: Rule = {
  name: 'sleeps',
  *check(repo) {
    for (const source of repo.sources) {
      if (!isCode(source) || !isTest(source)) continue;
      for (const sleep of SLEEPS) yield* matches(source, source.code, sleep, 'a sleep: wait for the state itself');
    }
  },
};

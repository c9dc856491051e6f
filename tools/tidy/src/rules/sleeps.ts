/**
 * No sleep as synchronisation in tests (rule 9): wait for the state itself, with a limit. What paces a load or a poll may import a timer,
 * and says so in the line above: `// paces: what`.
 */
import { isCode, isTest } from '../repo.ts';
import { matches, type Rule } from '../rule.ts';

const SLEEPS = [
  /\bwaitForTimeout\(/g,
  // A promise that a timer resolves; one that it rejects is a limit, which is welcome.
  /\(\s*\(?\s*(\w+)\s*\)?\s*=>\s*\{?\s*setTimeout\(\s*(?:\1\s*,|\(\)\s*=>\s*\1\()/g,
];

const TIMER_IMPORT = /\bfrom ['"](?:node:)?timers\/promises['"]/g;
const PACED_IMPORT = /^\/\/ paces: .+\nimport .+ from 'node:timers\/promises';$/m;

export const sleeps: Rule = {
  name: 'sleeps',
  *check(repo) {
    for (const source of repo.sources) {
      if (!isCode(source) || !isTest(source)) continue;
      const forbidden = PACED_IMPORT.test(source.text) ? SLEEPS : [...SLEEPS, TIMER_IMPORT];
      for (const sleep of forbidden) yield* matches(source, source.code, sleep, 'a sleep: wait for the state itself');
    }
  },
};

/** No test is skipped, singled out or promised (rule 9). */
import { isCode, isTest } from '../repo.ts';
import { matches, type Rule } from '../rule.ts';

export const switchedOff: Rule = {
  name: 'switched-off',
  *check(repo) {
    for (const source of repo.sources) {
      if (!isCode(source) || !isTest(source)) continue;
      yield* matches(
        source,
        source.code,
        /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.(?:skip|only|todo|fixme|skipIf)\b|\bx(?:it|describe)\(/g,
        'a test that does not run',
      );
    }
  },
};

/** Libraries take the time as an argument (rule 6), so that every deadline can be tested on its second. */
import { isCode, isTest } from '../repo.ts';
import { matches, type Rule } from '../rule.ts';

export const clock: Rule = {
  name: 'clock',
  *check(repo) {
    for (const source of repo.sources) {
      if (
        !isCode(source) ||
        isTest(source) ||
        !/^(packages|services)\//.test(source.path) ||
        source.path.startsWith('packages/ui/')
      )
        continue;
      if (/\/main\.ts$/.test(source.path)) continue;
      yield* matches(source, source.code, /\bDate\.now\b|\bnew Date\(\s*\)/g, 'the clock is handed in by main.ts');
    }
  },
};

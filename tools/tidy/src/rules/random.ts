/** Randomness is handed in as `Random` (rule 6), and is never the guessable kind. */
import { isCode } from '../repo.ts';
import { matches, type Rule } from '../rule.ts';

export const random: Rule = {
  name: 'random',
  *check(repo) {
    for (const source of repo.sources) {
      if (!isCode(source) || !/^(packages|services|apps)\//.test(source.path)) continue;
      yield* matches(source, source.code, /\bMath\.random\b/g, 'guessable: take a Random as argument');
    }
  },
};

/** Files and folders of code are kebab-case (rule 1), so that a name is the same on every disk and in every link. */
import type { Rule } from '../rule.ts';

const KEBAB = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;

export const names: Rule = {
  name: 'names',
  *check(repo) {
    for (const { path } of repo.sources) {
      if (!/\.(ts|tsx|js|mjs|cjs|css|sql|sh)$/.test(path)) continue;
      const bad = path.split('/').find((part) => !KEBAB.test(part));
      if (bad !== undefined) yield { path, line: 1, message: `${bad} is not kebab-case` };
    }
  },
};

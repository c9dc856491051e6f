/** Nothing of the machine it was written on: no path of a home folder, no package registry, no file outside the repository. */
import { matches, type Rule } from '../rule.ts';

const HOME = /(?<![\w.})-])\/(?:work|home|root|Users)\/[\w.@-]+/g;
const REGISTRY =
  /\b(?:registry\.[a-z]+js\.org|registry\.yarnpkg\.com|[\w-]*npmmirror\.com|verdaccio|artifactory|pypi\.org|deb\.debian\.org)\b/gi;
const OUTSIDE = /(?<![\w.])(?:\.\.\/)+shared\/\w*/g;

export const machine: Rule = {
  name: 'machine',
  *check(repo) {
    for (const source of repo.sources) {
      if (source.path === 'tools/tidy/src/rules/machine.ts') continue;
      yield* matches(source, source.text, HOME, "a path of somebody's machine");
      yield* matches(source, source.text, REGISTRY, "a package registry's host: the reader's own settings decide");
      yield* matches(source, source.text, OUTSIDE, 'a file outside the repository');
    }
  },
};

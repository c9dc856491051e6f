/** Only a `main.ts` reads the environment (rule 6): what a process depends on stands in one place. */
import { isCode, isTest } from '../repo.ts';
import { matches, type Rule } from '../rule.ts';

export const environment: Rule = {
  name: 'environment',
  *check(repo) {
    for (const source of repo.sources) {
      if (!isCode(source) || isTest(source) || !/^(packages|services|apps)\//.test(source.path)) continue;
      if (/\/main\.tsx?$|\.config\.ts$|\/bin\//.test(source.path)) continue;
      yield* matches(
        source,
        source.code,
        /\bprocess\.env\b|\bimport\.meta\.env\b|\benv\b[^;\n]*\bfrom 'node:process'/g,
        'the environment is read by main.ts only',
      );
      yield* matches(source, source.code, /\bprocess\.on\(\s*'SIG\w+'/g, 'signals are handled by main.ts only');
    }
  },
};

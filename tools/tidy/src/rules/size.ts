/** A file above 400 lines gives its reason in its first comment (rule 1). */
import { firstComment } from '../comments.ts';
import type { Rule } from '../rule.ts';

const LINES_MAX = 400;
const REASON = /\b(long|one file|together)\b.*\bbecause\b|\bbecause\b.*\b(long|one file|together)\b/is;

export const size: Rule = {
  name: 'size',
  *check(repo) {
    for (const { path, text } of repo.sources) {
      if (!/\.(ts|tsx|js|mjs|css|sql|proto)$/.test(path)) continue;
      const lines = text.split('\n').length - 1;
      if (lines > LINES_MAX && !REASON.test(firstComment(text) ?? '')) {
        yield { path, line: 1, message: `${lines} lines: split it, or say in the first comment "long because ..."` };
      }
    }
  },
};

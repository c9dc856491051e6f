/** A file opens with one sentence: what it is and which clause rules it (rule 2). */
import { firstComment } from '../comments.ts';
import type { Source } from '../repo.ts';
import type { Rule } from '../rule.ts';

/** How the first comment begins, by kind of file. */
const OPENINGS: readonly (readonly [file: RegExp, opening: RegExp])[] = [
  [/\.(ts|tsx|js|mjs|cjs)$/, /^\/\*\*\s+\S/],
  [/\.css$/, /^\/\*+\s+\S/],
  [/\.sql$/, /^--\s+\S/],
  [/\.proto$/, /^\/\/\s+\S/],
  [/\.sh$|^\.ci\/run$/, /^#\s+\S/],
];
const LENGTH_MIN = 25;

export const header: Rule = {
  name: 'header',
  *check(repo) {
    for (const source of repo.sources) {
      const [, opening] = OPENINGS.find(([file]) => file.test(source.path)) ?? [];
      if (opening !== undefined && !opensWell(source, opening)) {
        yield { path: source.path, line: 1, message: 'must open with a comment that says what the file is' };
      }
    }
  },
};

function opensWell({ text }: Source, opening: RegExp): boolean {
  const comment = firstComment(text);
  return comment !== null && comment.length >= LENGTH_MIN && opening.test(comment);
}

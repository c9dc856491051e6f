/** No `any`, no lint escapes without a reason beside them (rule 10). */
import { isCode, type Source } from '../repo.ts';
import { type Finding, lineAt, matches, type Rule } from '../rule.ts';

const REASON_LENGTH_MIN = 10;
const ANY = /\bas any\b|(?<=[:<,|&(]\s*)any(?=\s*[;,)=>|&[\]{}]|\s*$)/gm;

export const escapes: Rule = {
  name: 'escapes',
  *check(repo) {
    for (const source of repo.sources) {
      if (!isCode(source) || source.path === 'tools/tidy/src/rules/escapes.ts') continue;
      yield* matches(source, source.text, /@ts-(?:ignore|nocheck)\b/g, 'use @ts-expect-error with a reason');
      yield* withoutReason(source, /@ts-expect-error[ \t:-]*(.*)/g);
      yield* withoutReason(source, /biome-ignore(?:-all|-start)? [\w/]+(.*)/g);
      yield* withoutReason(source, /eslint-disable(.*)/g);
      if (/\.tsx?$/.test(source.path)) yield* bareAny(source);
    }
  },
};

/** An escape whose first group, the reason, is too short to be one. */
function* withoutReason(source: Source, pattern: RegExp): Iterable<Finding> {
  for (const match of source.text.matchAll(pattern)) {
    const reason = (match[1] ?? '').replace(/^[:\s]+|<explanation>|\*\/.*$/g, '').trim();
    if (reason.length < REASON_LENGTH_MIN) {
      yield {
        path: source.path,
        line: lineAt(source.text, match.index),
        message: `an escape without its reason (${match[0].slice(0, 60)})`,
      };
    }
  }
}

/** `any` is allowed under a `biome-ignore` on the line before, which has its reason. */
function* bareAny(source: Source): Iterable<Finding> {
  const lines = source.text.split('\n');
  for (const finding of matches(source, source.code, ANY, 'any switches the checks off: use unknown and look')) {
    if (!/biome-ignore/.test(lines[finding.line - 2] ?? '')) yield finding;
  }
}

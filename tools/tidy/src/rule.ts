/** What a house rule is to the runner. A rule is one file under `rules/`, and has a planted violation in the tests. */
import type { Repo, Source } from './repo.ts';

export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong and what to do; it stands alone. */
  readonly message: string;
}

export interface Rule {
  readonly name: string;
  check(repo: Repo): Iterable<Finding>;
}

/** A finding for every match of `pattern` (global) in `text`, which is `source.text` or a blanked copy of it. */
export function* matches(source: Source, text: string, pattern: RegExp, message: string): Iterable<Finding> {
  for (const match of text.matchAll(pattern)) {
    // A match that begins with the line break before it is of the next line.
    const start = match.index + (match[0].startsWith('\n') ? 1 : 0);
    yield { path: source.path, line: lineAt(text, start), message: `${message} (${match[0].trim().slice(0, 60)})` };
  }
}

export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

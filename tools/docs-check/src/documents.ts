/** The checkout as the checks see it: its documents, and the paths a link may lead to. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Documents {
  /** Text by path, of every `*.md`. */
  readonly texts: ReadonlyMap<string, string>;
  /** Files and folders. */
  readonly paths: ReadonlySet<string>;
  /** Names of the root's npm scripts. */
  readonly scripts: ReadonlySet<string>;
}

/** What `git ls-files` names below `root`: tracked files, and new ones that are not ignored. */
export function readDocuments(root: string): Documents {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64_000_000 }).split('\0');
  const files = listed.filter((path) => path !== '' && existsSync(join(root, path)));
  const texts = files
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const);
  const { scripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts?: Record<string, string> };
  return makeDocuments(Object.fromEntries(texts), files, Object.keys(scripts));
}

export function makeDocuments(
  texts: Readonly<Record<string, string>>,
  files: readonly string[],
  scripts: readonly string[],
): Documents {
  const paths = new Set<string>(['.']);
  for (const file of [...files, ...Object.keys(texts)]) {
    for (let path = file; path !== '.'; path = posix.dirname(path)) paths.add(path);
  }
  return { texts: new Map(Object.entries(texts)), paths, scripts: new Set(scripts) };
}

/** `text` with fenced code blanked, of the same lines: an example is no link. */
export function withoutFences(text: string): string {
  return text.replace(/^(```|~~~).*\n[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ' '));
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** The checkout as the rules see it: text files that git tracks or would track, and the workspaces with their manifests. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { blankComments } from './comments.ts';

export interface Source {
  readonly path: string;
  readonly text: string;
  /** `text` with its comments blanked, of the same length, so that lines agree. Made when first asked for. */
  readonly code: string;
}

export interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

export interface Workspace {
  /** `packages/bytes`; empty for the root. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Folders of its tsconfig references, or null without a tsconfig. */
  readonly references: readonly string[] | null;
  readonly sources: readonly Source[];
}

export interface Repo {
  /** Without generated ones. */
  readonly sources: readonly Source[];
  /** The root first. */
  readonly workspaces: readonly Workspace[];
}

const TEXT = /\.(ts|tsx|js|mjs|cjs|json|md|proto|sql|css|html|sh|yml|yaml|toml|txt|svg|po)$|^[^.]*$|(^|\/)\.[a-z]+$/;
const BYTES_MAX = 4_000_000;

/** Data of others, and files that hold planted violations. */
const NOT_OURS = /(^|\/)(dist|node_modules)\/|^vectors\/data\/|^tools\/(tidy|docs-check)\/test\//;

/** Made by a program: it counts for what a workspace imports, and for no rule of style. */
const GENERATED = /(^|\/)gen\//;

/** Reads what `git ls-files` names below `root`: tracked files, and new ones that are not ignored. */
export function readRepo(root: string): Repo {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const paths = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64_000_000 }).split('\0');
  const texts: Record<string, string> = {};
  for (const path of paths) {
    if (path === '' || NOT_OURS.test(path) || !TEXT.test(path)) continue;
    const text = readText(join(root, path));
    if (text !== null) texts[path] = text;
  }
  return makeRepo(texts);
}

/** Null for a file that is deleted but still in the index, is no text, or is too large to be written by hand. */
function readText(path: string): string | null {
  try {
    const bytes = readFileSync(path);
    return bytes.length > BYTES_MAX || bytes.includes(0) ? null : bytes.toString('utf8');
  } catch {
    return null;
  }
}

/** A repository of these files by path. */
export function makeRepo(texts: Readonly<Record<string, string>>): Repo {
  const sources = Object.entries(texts).map(([path, text]) => makeSource(path, text));
  const workspaces = sources
    .filter(({ path }) => /(^|\/)package\.json$/.test(path))
    .map(({ path, text }) => makeWorkspace(posix.dirname(path) === '.' ? '' : posix.dirname(path), text, sources))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
  return { sources: sources.filter(({ path }) => !GENERATED.test(path)), workspaces };
}

function makeSource(path: string, text: string): Source {
  let code: string | undefined;
  return {
    path,
    text,
    get code() {
      code ??= blankComments(text);
      return code;
    },
  };
}

function makeWorkspace(folder: string, manifestText: string, sources: readonly Source[]): Workspace {
  const tsconfig = sources.find(({ path }) => path === posix.join(folder, 'tsconfig.json'));
  return {
    folder,
    manifest: JSON.parse(manifestText) as Manifest,
    references: tsconfig === undefined ? null : referencesOf(folder, tsconfig.text),
    sources: folder === '' ? [] : sources.filter(({ path }) => path.startsWith(`${folder}/`)),
  };
}

function referencesOf(folder: string, tsconfigText: string): readonly string[] {
  const { references = [] } = JSON.parse(tsconfigText) as { references?: readonly { path: string }[] };
  return references.map(({ path }) => posix.join(folder, path));
}

export const isCode = ({ path }: Source): boolean => /\.(ts|tsx|js|mjs|cjs)$/.test(path);

export const isTest = ({ path }: Source): boolean => /(^|\/)(test|e2e)\//.test(path) || /\.test\.tsx?$/.test(path);

export function lineOf(source: Source | undefined, part: string): number {
  const index = source?.text.indexOf(part) ?? -1;
  return source === undefined || index === -1 ? 1 : source.text.slice(0, index).split('\n').length;
}

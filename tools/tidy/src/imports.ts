/** What a file imports, by pattern: static, dynamic, re-exported and for its effect. */
import type { Source } from './repo.ts';

export interface Import {
  /** As written: `./x.ts`, `#backend`, `node:fs`, `@countersign/bytes`, `pkg/sub`. */
  readonly specifier: string;
  readonly index: number;
}

const IMPORT =
  /^[ \t]*(?:import|export)\b[^'"`;=]*?\bfrom\s*['"]([^'"\n]+)['"]|^[ \t]*import\s*['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/gm;

export function importsOf(source: Source): readonly Import[] {
  return [...source.code.matchAll(IMPORT)].map((match) => ({
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
    index: match.index,
  }));
}

/** The package of a bare specifier, or null for a relative path, a built-in module, or an entry of the package's own `imports`. */
export function packageOf(specifier: string): string | null {
  if (/^(\.|#|node:|\/|virtual:)/.test(specifier)) return null;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

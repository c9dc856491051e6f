/** package.json states what a workspace imports, tsconfig.json refers to the same workspaces, and nobody reaches past an index (rule 10). */
import { posix } from 'node:path';
import { type Import, importsOf, packageOf } from '../imports.ts';
import { isCode, isTest, type Source, type Workspace } from '../repo.ts';
import { type Finding, lineAt, type Rule } from '../rule.ts';

export const dependencies: Rule = {
  name: 'dependencies',
  *check(repo) {
    const byName = new Map(repo.workspaces.map((workspace) => [workspace.manifest.name ?? '', workspace]));
    const root = repo.workspaces.find(({ folder }) => folder === '');
    for (const workspace of repo.workspaces) {
      if (workspace.folder === '') continue;
      yield* undeclared(workspace, root, byName);
      yield* unused(workspace);
      yield* references(workspace, byName);
    }
  },
};

/** Sources may import `dependencies`; tests and the settings of tools also what the root or the workspace has for development. */
function* undeclared(
  workspace: Workspace,
  root: Workspace | undefined,
  byName: ReadonlyMap<string, Workspace>,
): Iterable<Finding> {
  const { manifest, folder } = workspace;
  const declared = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const forTests = { ...declared, ...manifest.devDependencies, ...root?.manifest.devDependencies };
  for (const source of workspace.sources.filter(isCode)) {
    const allowed = isTest(source) || /\.config\.ts$/.test(source.path) ? forTests : declared;
    for (const imported of importsOf(source)) {
      const name = packageOf(imported.specifier);
      const at = { path: source.path, line: lineAt(source.code, imported.index) };
      if (name === null) {
        if (leaves(imported, source, folder))
          yield { ...at, message: `${imported.specifier} leaves ${folder}: import the other package by its name` };
      } else if (name !== manifest.name && !Object.hasOwn(allowed, name)) {
        yield { ...at, message: `${name} is not a dependency in ${folder}/package.json` };
      } else {
        const subpath = `.${imported.specifier.slice(name.length)}`;
        const target = byName.get(name);
        if (target !== undefined && subpath !== '.' && !Object.hasOwn(target.manifest.exports ?? {}, subpath)) {
          yield { ...at, message: `${imported.specifier} reaches past the index of ${name}` };
        }
      }
    }
  }
}

function leaves({ specifier }: Import, source: Source, folder: string): boolean {
  return specifier.startsWith('.') && !posix.join(posix.dirname(source.path), specifier).startsWith(`${folder}/`);
}

/** A dependency is used if its name stands in quotes in some source: some are resolved by name and not imported. */
function* unused({ folder, manifest, sources }: Workspace): Iterable<Finding> {
  const texts = sources.filter((source) => /\.(ts|tsx|js|mjs|css|html)$/.test(source.path)).map(({ code }) => code);
  if (texts.length === 0) return;
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const quoted = new RegExp(`['"\`]${name.replace(/[/.]/g, '\\$&')}['"\`/]`);
    if (!texts.some((text) => quoted.test(text))) {
      yield { path: `${folder}/package.json`, line: 1, message: `${name} is a dependency that no source names` };
    }
  }
}

function* references(
  { folder, manifest, references: actual }: Workspace,
  byName: ReadonlyMap<string, Workspace>,
): Iterable<Finding> {
  if (actual === null) return;
  const path = `${folder}/tsconfig.json`;
  const expected = Object.keys(manifest.dependencies ?? {}).flatMap((name) => byName.get(name)?.folder ?? []);
  for (const target of expected) {
    if (!actual.includes(target)) yield { path, line: 1, message: `the dependency ${target} is missing in references` };
  }
  for (const target of actual) {
    // A folder's own parts (its tests, its worker) are projects of the same package.
    if (!expected.includes(target) && target !== folder && !target.startsWith(`${folder}/`)) {
      yield { path, line: 1, message: `references names ${target}, which is no dependency` };
    }
  }
}

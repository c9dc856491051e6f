/** A workspace depends only on lower layers (CONTRIBUTING rule 10): the table of ARCHITECTURE.md, read from the manifests. */
import { layerOf } from '../layers.ts';
import { lineOf, type Repo } from '../repo.ts';
import type { Rule } from '../rule.ts';

export const layers: Rule = {
  name: 'layers',
  *check(repo) {
    const folders = new Map(repo.workspaces.map(({ folder, manifest }) => [manifest.name, folder]));
    for (const { folder, manifest } of repo.workspaces) {
      if (folder === '') continue;
      const layer = layerOf(folder);
      const path = `${folder}/package.json`;
      if (layer === null) {
        yield { path, line: 1, message: `${folder} has no layer: add it to the table` };
        continue;
      }
      for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
        const target = folders.get(name);
        if (target === undefined) continue;
        const breach = breachOf(folder, layer, target);
        if (breach !== null) yield { path, line: lineIn(repo, path, name), message: breach };
      }
    }
  },
};

function breachOf(folder: string, layer: number, target: string): string | null {
  const targetLayer = layerOf(target);
  if (targetLayer === null || targetLayer >= layer)
    return `${folder} (layer ${layer}) may not depend on ${target} (layer ${targetLayer})`;
  // An auditor must be able to check evidence with nothing of the running system.
  if (folder === 'packages/verify' && targetLayer > 2)
    return `packages/verify may depend on layers 0 to 2 only, not on ${target}`;
  return null;
}

function lineIn(repo: Repo, path: string, name: string): number {
  return lineOf(
    repo.sources.find((source) => source.path === path),
    `"${name}"`,
  );
}

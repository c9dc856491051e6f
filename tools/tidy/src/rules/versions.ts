/** Dependencies are pinned exactly, and the same everywhere: what was measured and audited is what runs. */
import { posix } from 'node:path';
import type { Rule } from '../rule.ts';

const EXACT = /^(npm:[@\w./-]+@)?\d+\.\d+\.\d+(-[\w.-]+)?$/;

export const versions: Rule = {
  name: 'versions',
  *check(repo) {
    const first = new Map<string, string>();
    for (const { folder, manifest } of repo.workspaces) {
      const at = { path: posix.join(folder, 'package.json'), line: 1 };
      const all = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies, manifest.overrides];
      for (const [name, version] of all.flatMap((group) => Object.entries(group ?? {}))) {
        if (!EXACT.test(version)) yield { ...at, message: `${name} must be pinned to one version, not ${version}` };
        const other = first.get(name) ?? version;
        if (other !== version) yield { ...at, message: `${name} is ${version} here and ${other} elsewhere` };
        first.set(name, other);
      }
    }
  },
};

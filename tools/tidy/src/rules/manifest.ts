/** Every workspace says what it is, under which licence, and is named after its folder. */
import { posix } from 'node:path';
import type { Rule } from '../rule.ts';

export const manifest: Rule = {
  name: 'manifest',
  *check(repo) {
    const version = versionOf(repo.workspaces.find(({ folder }) => folder === '')?.manifest);
    for (const { folder, manifest } of repo.workspaces) {
      const at = { path: posix.join(folder, 'package.json'), line: 1 };
      if ((manifest.description ?? '').length < 10) yield { ...at, message: 'a description is missing' };
      if (manifest.license !== 'Apache-2.0') yield { ...at, message: 'the licence is missing (Apache-2.0)' };
      if (manifest.private !== true) yield { ...at, message: 'private must be true: nothing here is published by accident' };
      if (manifest.type !== 'module') yield { ...at, message: 'type must be module' };
      if (folder === '') continue;
      const name = `@countersign/${posix.basename(folder)}`;
      if (manifest.name !== name) yield { ...at, message: `its name must be ${name}, after its folder` };
      if (version !== undefined && versionOf(manifest) !== version)
        yield { ...at, message: `its version must be the root's, ${version}` };
    }
  },
};

function versionOf(manifest: object | undefined): unknown {
  return manifest !== undefined && 'version' in manifest ? manifest.version : undefined;
}

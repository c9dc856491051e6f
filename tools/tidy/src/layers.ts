/** The layer table of ARCHITECTURE.md: a workspace may depend only on lower ones. */

/** By folder. `crypto` stands on `bytes`, and `service`, the common part of the service processes, above the other libraries. */
const LAYERS: Readonly<Record<string, number>> = {
  'packages/bytes': 0,
  'packages/crypto': 0.5,
  'packages/threshold': 1,
  'packages/tlog': 1,
  'packages/custody': 2,
  'packages/mls': 2,
  'packages/triage': 2,
  'packages/wire': 2,
  'packages/client': 3,
  'packages/verify': 3,
  'packages/db': 3,
  'packages/ui': 3,
  'packages/service': 3.5,
};

/** Folders whose workspaces share a layer; siblings never import each other. */
const GROUPS: readonly (readonly [prefix: string, layer: number])[] = [
  ['services/', 4],
  ['apps/', 5],
  ['tools/', 5],
  ['vectors', 5],
  ['sim', 6],
  ['bench', 7],
  ['e2e', 7],
];

/** Null for a folder that has no place in the table yet. */
export function layerOf(folder: string): number | null {
  return (
    LAYERS[folder] ??
    GROUPS.find(([prefix]) => folder === prefix || (prefix.endsWith('/') && folder.startsWith(prefix)))?.[1] ??
    null
  );
}

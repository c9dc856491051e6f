/** Both backends by name, for tests that run on each. */
import type { Backend } from '../src/backend/backend.ts';
import { backend as noble } from '../src/backend/noble.ts';
import { backend as node } from '../src/backend/node.ts';

export const backends: readonly (readonly [name: string, backend: Backend])[] = [
  ['node', node],
  ['noble', noble],
];

export { noble, node };

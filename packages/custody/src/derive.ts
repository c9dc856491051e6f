/** From a day's root to the key of a scope and its encapsulation to custody (PROTOCOL 6). */
import { encode } from '@countersign/bytes';
import { labelledExpand, labelledHash } from '@countersign/crypto';
import { deriveEncapsulatedKey, type EncapsulatedKey, parsePoint65 } from '@countersign/threshold';
import type { Point65 } from './ids.ts';
import { type Scope, scopeCodec } from './scope.ts';

const NO_CONTEXT = new Uint8Array(0);

/** What every member derives for a scope: all of it secret but enc and kCommit, which the grant publishes. */
export interface DerivedScope extends EncapsulatedKey {
  readonly scopeSecret: Uint8Array;
}

/** `dayRoot` is that of `scope.day`; a Y that is no point is refused with its `point.*` code. */
export function deriveScope(dayRoot: Uint8Array, scope: Scope, Y: Point65): DerivedScope {
  parsePoint65(Y);
  const scopeBytes = encode(scopeCodec, scope);
  const scopeSecret = labelledExpand(dayRoot, 'AC1 scope secret', labelledHash('AC1 scope', scopeBytes));
  const ikmE = labelledExpand(scopeSecret, 'AC1 ikmE', NO_CONTEXT);
  return { scopeSecret, ...deriveEncapsulatedKey(ikmE, Y, scopeBytes) };
}

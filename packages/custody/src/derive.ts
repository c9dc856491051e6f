/** From a day's root to the key of a scope and its encapsulation to custody (PROTOCOL 6). */
import { encode } from '@countersign/bytes';
import { labelledExpand } from '@countersign/crypto';
import { deriveKeyPair, deriveScopeKey, parsePoint65 } from '@countersign/threshold';
import type { Hash, Point65 } from './ids.ts';
import { type Scope, scopeCodec, scopeHash } from './scope.ts';

const NO_CONTEXT = new Uint8Array(0);

/** All secret but enc and kCommit, which the grant publishes. */
export interface ScopeKeys {
  readonly scopeSecret: Uint8Array;
  /** The ephemeral secret: a scalar of 32 bytes. */
  readonly e: Uint8Array;
  readonly enc: Point65;
  /** K. */
  readonly scopeKey: Uint8Array;
  readonly kCommit: Hash;
}

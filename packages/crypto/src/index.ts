/** Layer 0: the primitives of PROTOCOL 2, one synchronous interface on every platform. */
export type { Backend, Sha256 } from './backend/backend.ts';
export { crypto, type Random } from './crypto.ts';
export * from './labels.ts';

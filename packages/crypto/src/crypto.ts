/** The platform's primitives: node:crypto in Node, noble elsewhere (meant for a worker, since every call is synchronous). */
import { backend } from '#backend';
import type { Backend } from './backend/backend.ts';

export const crypto: Backend = backend;

/** Where random bytes come from; libraries take one as an argument, `crypto.randomBytes` is the one to hand in. */
export type Random = (length: number) => Uint8Array;

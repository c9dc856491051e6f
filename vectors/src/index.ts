/** The vectors of AC1 (PROTOCOL 17) as a library: parse a file, run its cases with our implementation. */
export { VectorsError } from './error.ts';
export { parseVectorFile, type VectorCase, type VectorFile } from './file.ts';
export type { CaseFields, Op, Ops } from './op.ts';
export { ac1Ops, mergeOps } from './registry.ts';
export { type Failure, type Outcome, runCase, runFile } from './runner.ts';

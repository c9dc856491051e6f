/** Layer 0: bytes in and out, and the error that AC1 objects are refused with. */
export * from './bytes.ts';
export * from './codec.ts';
export * from './error.ts';
export { Reader } from './reader.ts';
export { Writer } from './writer.ts';

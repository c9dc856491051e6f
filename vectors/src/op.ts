/** What one op of an `ac1-vectors/1` file is to the runner (PROTOCOL 17). */

/** The `in` or `out` of a case: byte strings are hex, 64-bit numbers decimal strings. */
// biome-ignore lint/suspicious/noExplicitAny: the shape differs by op, and an op reads fields that the format promises
export type CaseFields = Record<string, any>;

/** Computes `out`, or throws an `Ac1Error`; the runner compares code and outputs. Runs in Node and in browsers. */
export type Op = (input: CaseFields) => CaseFields;

/** The ops of one area by their names in the file. */
export type Ops = Readonly<Record<string, Op>>;

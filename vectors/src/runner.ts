/** Runs the cases of a vector file: a case is passed when code and all outputs agree (PROTOCOL 17). Runs in Node and in browsers. */
import { Ac1Error } from '@countersign/bytes';
import type { VectorCase, VectorFile } from './file.ts';
import type { CaseFields, Ops } from './op.ts';

export interface Failure {
  readonly section: string;
  readonly name: string;
  readonly reason: string;
}

export interface Outcome {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

export function runFile(ops: Ops, file: VectorFile): Outcome {
  let passed = 0;
  const failures: Failure[] = [];
  for (const [section, cases] of file.sections) {
    for (const entry of cases) {
      const reason = runCase(ops, entry);
      if (reason === null) passed++;
      else failures.push({ section, name: entry.name, reason });
    }
  }
  return { passed, failures };
}

/** Why the case failed, or null when it passed. Never throws: an exception that is not an `Ac1Error` is a failure too. */
export function runCase(ops: Ops, entry: VectorCase): string | null {
  if (!Object.hasOwn(ops, entry.op)) return `no op ${entry.op}`;
  let out: CaseFields;
  try {
    out = (ops[entry.op] as Ops[string])(entry.in);
  } catch (error) {
    if (!(error instanceof Ac1Error)) return `expected ${entry.expect}, not ${String(error)}`;
    return error.code === entry.expect ? null : `expected ${entry.expect}, not ${error.code}`;
  }
  if (entry.expect !== 'ok') return `expected ${entry.expect}, not ok`;
  const differing = Object.entries(entry.out ?? {}).filter(([field, value]) => !isEqual(out[field], value));
  return differing.length === 0 ? null : `outputs differ: ${differing.map(([field]) => field).join(', ')}`;
}

/** Deep equality of JSON values. */
function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as CaseFields, b as CaseFields];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isEqual(left[name], right[name]))
  );
}

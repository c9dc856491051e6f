/** Reads the Wycheproof files of vectors/data; a file whose number of tests is not the one it declares fails. */
import { readFileSync } from 'node:fs';
import { fromHex } from '@countersign/bytes';

export interface WycheproofTest {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
  /** Fields of this file's schema, hex but for numbers. */
  readonly [field: string]: unknown;
}

export interface WycheproofCase {
  readonly group: Readonly<Record<string, unknown>>;
  readonly test: WycheproofTest;
}

export function readWycheproof(file: string): WycheproofCase[] {
  const url = new URL(`../../../vectors/data/wycheproof/${file}`, import.meta.url);
  const { numberOfTests, testGroups } = JSON.parse(readFileSync(url, 'utf8')) as {
    numberOfTests: number;
    testGroups: (Record<string, unknown> & { tests: WycheproofTest[] })[];
  };
  const cases = testGroups.flatMap((group) => group.tests.map((test) => ({ group, test })));
  if (cases.length !== numberOfTests) throw new Error(`${file}: ${cases.length} tests where it declares ${numberOfTests}`);
  return cases;
}

export function bytesOf(test: WycheproofTest, field: string): Uint8Array {
  return fromHex(test[field] as string);
}

/** `tcId comment` of each case on which `holds` is false: what a test asserts to be empty. */
export function failures(cases: readonly WycheproofCase[], holds: (entry: WycheproofCase) => boolean): string[] {
  return cases.filter((entry) => !holds(entry)).map(({ test }) => `${test.tcId} ${test.comment}`);
}

/** A file of the format `ac1-vectors/1` (PROTOCOL 17). */
import { VectorsError } from './error.ts';
import type { CaseFields } from './op.ts';

const FORMAT = 'ac1-vectors/1';

export interface VectorCase {
  readonly name: string;
  readonly op: string;
  readonly in: CaseFields;
  /** "ok" or the exact error code. */
  readonly expect: string;
  /** Every output to compare; only with "ok". */
  readonly out?: CaseFields;
}

export interface VectorFile {
  readonly sections: ReadonlyMap<string, readonly VectorCase[]>;
  /** Cases by section, as the file declares them. */
  readonly counts: Readonly<Record<string, number>>;
}

/** The cases of a file's text. Throws `vectors.*` when it is no such file or does not hold the cases it declares. */
export function parseVectorFile(text: string): VectorFile {
  const file = parseJson(text);
  if (!isObject(file) || file.format !== FORMAT) throw notAFile(`its format is not ${FORMAT}`);
  if (!isObject(file.sections) || !isObject(file.counts)) throw notAFile('it lacks sections or counts');
  const sections = new Map(Object.entries(file.sections).map(([name, cases]) => [name, parseSection(name, cases)]));
  checkCounts(sections, file.counts, file.count);
  return { sections, counts: file.counts as Record<string, number> };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VectorsError('vectors.not_json', 'the file is not JSON', { cause });
  }
}

function parseSection(name: string, cases: unknown): VectorCase[] {
  if (!Array.isArray(cases)) throw notAFile(`section ${name} is not a list`);
  return cases.map((entry: unknown, i) => {
    if (!isCase(entry)) throw notAFile(`case ${i} of section ${name} lacks name, op, in, expect or out`);
    return entry;
  });
}

function isCase(value: unknown): value is VectorCase {
  if (!isObject(value)) return false;
  const hasText = [value.name, value.op, value.expect].every((field) => typeof field === 'string');
  return hasText && isObject(value.in) && (value.expect === 'ok' ? isObject(value.out) : value.out === undefined);
}

/** A truncated file must not pass by running what is left of it. */
function checkCounts(sections: VectorFile['sections'], counts: Record<string, unknown>, count: unknown): void {
  let total = 0;
  for (const [name, cases] of sections) {
    if (counts[name] !== cases.length) throw countsDiffer(`section ${name} holds ${cases.length} cases`);
    total += cases.length;
  }
  if (Object.keys(counts).length !== sections.size) throw countsDiffer('a declared section is missing');
  if (count !== total) throw countsDiffer(`the file holds ${total} cases`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notAFile(reason: string): VectorsError {
  return new VectorsError('vectors.not_a_vector_file', reason);
}

function countsDiffer(reason: string): VectorsError {
  return new VectorsError('vectors.counts_differ', reason);
}

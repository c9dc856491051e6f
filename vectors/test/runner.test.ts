/** The runner judges by code and outputs alone, and a broken file or case never passes. */
import { Ac1Error } from '@countersign/bytes';
import { describe, expect, test } from 'vitest';
import { mergeOps, type Ops, parseVectorFile, runCase, runFile, type VectorCase } from '../src/index.ts';

const ops: Ops = {
  echo: (input) => input,
  refuse: () => {
    throw new Ac1Error('decode.enum');
  },
  crash: () => {
    throw new TypeError('x is undefined');
  },
};

function caseOf(fields: Partial<VectorCase>): VectorCase {
  return { name: 'a case', op: 'echo', in: {}, expect: 'ok', ...fields };
}

function fileText(overrides: object = {}): string {
  const sections = { first: [{ ...caseOf({}), out: {} }], second: [caseOf({ op: 'refuse', expect: 'decode.value' })] };
  return JSON.stringify({ format: 'ac1-vectors/1', count: 2, counts: { first: 1, second: 1 }, sections, ...overrides });
}

describe('a case passes', () => {
  test.each<[string, Partial<VectorCase>]>([
    ['when every output agrees', { in: { a: [1, { b: '00' }], c: 2 }, out: { a: [1, { b: '00' }] } }],
    ['when the code agrees', { op: 'refuse', expect: 'decode.enum' }],
  ])('%s', (_when, fields) => expect(runCase(ops, caseOf(fields))).toBeNull());
});

describe('a case fails', () => {
  test.each<[string, Partial<VectorCase>, string]>([
    ['on another code', { op: 'refuse', expect: 'decode.value' }, 'expected decode.value, not decode.enum'],
    ['on success where a code is expected', { expect: 'decode.value' }, 'expected decode.value, not ok'],
    ['on a code where success is expected', { op: 'refuse', out: {} }, 'expected ok, not decode.enum'],
    ['on another exception', { op: 'crash', out: {} }, 'expected ok, not TypeError: x is undefined'],
    [
      'on another exception where a code is expected',
      { op: 'crash', expect: 'decode.enum' },
      'expected decode.enum, not TypeError: x is undefined',
    ],
    ['on an output of another value', { in: { a: 1, b: 2 }, out: { a: 1, b: 3 } }, 'outputs differ: b'],
    ['on an output of another type', { in: { a: '1' }, out: { a: 1 } }, 'outputs differ: a'],
    ['on a list that is longer', { in: { a: [1, 2] }, out: { a: [1] } }, 'outputs differ: a'],
    ['on a list in place of an object', { in: { a: [1] }, out: { a: { 0: 1 } } }, 'outputs differ: a'],
    ['on an output that is missing', { in: {}, out: { a: 1 } }, 'outputs differ: a'],
    ['without its op', { op: 'nothing' }, 'no op nothing'],
    ['with an op that only Object.prototype has', { op: 'toString' }, 'no op toString'],
  ])('%s', (_when, fields, reason) => expect(runCase(ops, caseOf(fields))).toBe(reason));
});

test('a file gives its passed cases and the reasons of the others', () => {
  expect(runFile(ops, parseVectorFile(fileText()))).toEqual({
    passed: 1,
    failures: [{ section: 'second', name: 'a case', reason: 'expected decode.value, not decode.enum' }],
  });
});

describe('a file is refused', () => {
  test.each([
    ['when it is not JSON', fileText().slice(1), 'vectors.not_json'],
    ['when it is a list', '[]', 'vectors.not_a_vector_file'],
    ['when its format is another', fileText({ format: 'ac1-vectors/2' }), 'vectors.not_a_vector_file'],
    ['without counts', fileText({ counts: undefined }), 'vectors.not_a_vector_file'],
    ['when a section is no list', fileText({ sections: { first: {} } }), 'vectors.not_a_vector_file'],
    ['when a case has no op', fileText({ sections: { first: [{ ...caseOf({}), op: 1 }] } }), 'vectors.not_a_vector_file'],
    ['when an "ok" has no outputs', fileText({ sections: { first: [caseOf({})] } }), 'vectors.not_a_vector_file'],
    ['when a section lost a case', fileText({ counts: { first: 2, second: 1 } }), 'vectors.counts_differ'],
    ['when a section is missing', fileText({ counts: { first: 1, second: 1, third: 0 } }), 'vectors.counts_differ'],
    ['when the total differs', fileText({ count: 3 }), 'vectors.counts_differ'],
  ])('%s', (_when, text, code) => {
    expect(() => parseVectorFile(text)).toThrow(expect.objectContaining({ name: 'VectorsError', code }));
  });
});

test('an op that two areas claim is refused', () => {
  expect(() => mergeOps(ops, { echo: (input) => input })).toThrow(expect.objectContaining({ code: 'vectors.duplicate_op' }));
});

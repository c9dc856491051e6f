/** A bad pack is refused with the file, the rule and the field that is wrong. */
import { expect, test } from 'vitest';
import { BUILT_IN_PACK, PackError, parseRulePack } from '../../src/index.ts';

const RULE = {
  id: 'narcotics.test',
  why: 'A test',
  all: [['drug']],
  examples: { yes: ['cocaine'], no: ['tea'] },
};

function errorOf(files: Readonly<Record<string, unknown>>): PackError {
  try {
    parseRulePack({ ...BUILT_IN_PACK, ...files });
  } catch (error) {
    if (error instanceof PackError) return error;
    throw error;
  }
  throw new Error('the pack was accepted');
}

const withRule = (change: object) => ({ 'rules/narcotics.json': [{ ...RULE, ...change }] });

test.each([
  ['an unknown concept', withRule({ all: [['no_such']] }), 'pack.unknown_concept', 'narcotics.test', 'concepts'],
  ['an unknown field', withRule({ unles: [] }), 'pack.shape', 'narcotics.test', 'unles'],
  ['a rule of another category', withRule({ id: 'firearms.test' }), 'pack.shape', 'firearms.test', 'id'],
  ['no example that stays silent', withRule({ examples: { yes: ['a'], no: [] } }), 'pack.shape', 'narcotics.test', 'examples'],
  ['a distance of no words', withRule({ within: 0 }), 'pack.shape', 'narcotics.test', 'within'],
  ['a window without end', withRule({ window: 1000 }), 'pack.shape', 'narcotics.test', 'window'],
  ['an id used twice', { 'rules/narcotics.json': [RULE, RULE] }, 'pack.duplicate', 'narcotics.test', 'id'],
] as const)('%s', (_what, files, code, rule, field) => {
  expect(errorOf(files)).toMatchObject({ code, file: expect.stringMatching(/^rules\//), rule, field });
});

test('a term with a star inside', () => {
  expect(errorOf({ 'lexicon/eo.json': { drug: 'coca*ine' } })).toMatchObject({
    code: 'pack.term_invalid',
    file: 'lexicon/eo.json',
    rule: 'drug',
  });
});

test('an agency adds a category with its words as data', () => {
  const pack = parseRulePack({
    ...BUILT_IN_PACK,
    'pack.json': {
      ...(BUILT_IN_PACK['pack.json'] as object),
      categories: [
        'threat_to_life',
        'narcotics',
        'firearms',
        'money_laundering',
        'corruption',
        'cybercrime',
        'people_smuggling',
        'wildlife',
      ],
    },
    'lexicon/la.json': { tusk: 'ebur' },
    'rules/wildlife.json': [{ id: 'wildlife.tusk', why: 'Ivory', all: [['tusk']], examples: { yes: ['ebur'], no: ['aurum'] } }],
  });
  expect(pack.rules.at(-1)?.id).toBe('wildlife.tusk');
});

/** Reads a rule pack from its files, and says of a bad one which file, rule and field is wrong. */
import { PackError, type PackErrorCode } from './error.ts';
import { type Rule, type RuleExample, type RulePack, STRENGTHS } from './pack.ts';
import { parseTerm, type Term } from './term.ts';

/** Parsed JSON by path: `pack.json`, `lexicon/LANGUAGE.json`, `rules/CATEGORY.json`. */
export type PackFiles = Readonly<Record<string, unknown>>;

const TERMS_MAX = 200_000;
const RULES_MAX = 5_000;
const WINDOW_MESSAGES_MAX = 30;
const ENTITY = /^entity:[a-z_]+$/;
const PACK_FIELDS = ['version', 'categories', 'threatCategory', 'negatable'];
const RULE_FIELDS = ['id', 'why', 'strength', 'all', 'unless', 'within', 'window', 'imminent', 'examples'];

/** @throws PackError */
export function parseRulePack(files: PackFiles): RulePack {
  const head = objectOf(files['pack.json'], 'pack.json', '', 'pack.json');
  noOthers(head, PACK_FIELDS, 'pack.json', '');
  const terms: Term[] = [];
  const rules: Rule[] = [];
  for (const [file, content] of Object.entries(files)) {
    const [, language] = /^lexicon\/([a-z]{2,3})\.json$/.exec(file) ?? [];
    const [, category] = /^rules\/([a-z_]+)\.json$/.exec(file) ?? [];
    if (language !== undefined) terms.push(...parseLexicon(file, language, content));
    else if (category !== undefined) rules.push(...parseRules(file, category, content));
    else if (file !== 'pack.json')
      throw new PackError('pack.shape', file, '', 'path', 'is neither lexicon/xx.json nor rules/category.json');
  }
  if (terms.length > TERMS_MAX) throw new PackError('pack.limit', 'lexicon', '', 'terms', `more than ${TERMS_MAX}`);
  if (rules.length > RULES_MAX) throw new PackError('pack.limit', 'rules', '', 'rules', `more than ${RULES_MAX}`);
  const pack: RulePack = {
    version: textOf(head.version, 'pack.json', '', 'version'),
    categories: textsOf(head.categories, 'pack.json', '', 'categories'),
    threatCategory: textOf(head.threatCategory, 'pack.json', '', 'threatCategory'),
    negatable: new Set(textsOf(head.negatable, 'pack.json', '', 'negatable')),
    rules,
    terms,
  };
  checkNames(pack);
  return pack;
}

function parseLexicon(file: string, language: string, content: unknown): readonly Term[] {
  return Object.entries(objectOf(content, file, '', 'content')).flatMap(([concept, list]) =>
    textOf(list, file, concept, 'terms')
      .split('|')
      .map((written) => {
        const term = parseTerm(concept, language, written);
        if (term === null) throw new PackError('pack.term_invalid', file, concept, 'terms', `"${written.trim()}" is no term`);
        return term;
      }),
  );
}

function parseRules(file: string, category: string, content: unknown): readonly Rule[] {
  return listOf(content, file, '', 'content').map((entry, at) => {
    const rule = objectOf(entry, file, `rule ${at + 1}`, 'rule');
    const id = textOf(rule.id, file, `rule ${at + 1}`, 'id');
    const need = (condition: boolean, field: string, what: string, code: PackErrorCode = 'pack.shape') => {
      if (!condition) throw new PackError(code, file, id, field, what);
    };
    noOthers(rule, RULE_FIELDS, file, id);
    need(id.startsWith(`${category}.`), 'id', `must begin with ${category}.`);
    const strength = STRENGTHS.find((name) => name === (rule.strength ?? 'firm'));
    if (strength === undefined) throw new PackError('pack.shape', file, id, 'strength', 'must be firm or weak');
    const all = listOf(rule.all, file, id, 'all').map((group) => textsOf(group, file, id, 'all'));
    need(all.length > 0 && all.length <= 5, 'all', 'needs one to five groups');
    const within = rule.within ?? null;
    need(within === null || (Number.isInteger(within) && Number(within) > 0), 'within', 'must be a number of words');
    const window = rule.window ?? 1;
    need(
      Number.isInteger(window) && Number(window) >= 1 && Number(window) <= WINDOW_MESSAGES_MAX,
      'window',
      `must be 1 to ${WINDOW_MESSAGES_MAX}`,
    );
    const examples = examplesOf(rule.examples, file, id);
    need(
      examples.some(({ fires }) => fires) && examples.some(({ fires }) => !fires),
      'examples',
      'needs one that fires and one that does not',
    );
    return {
      ...{ id, category, strength, all, examples },
      why: textOf(rule.why, file, id, 'why'),
      unless: textsOf(rule.unless ?? [], file, id, 'unless'),
      within: within === null ? null : Number(within),
      window: Number(window),
      imminent: textsOf(rule.imminent ?? [], file, id, 'imminent'),
    };
  });
}

function examplesOf(value: unknown, file: string, id: string): readonly RuleExample[] {
  const { yes, no } = objectOf(value, file, id, 'examples');
  return [
    ...textsOf(yes, file, id, 'examples.yes').map((text) => ({ text, fires: true })),
    ...textsOf(no, file, id, 'examples.no').map((text) => ({ text, fires: false })),
  ];
}

function checkNames(pack: RulePack): void {
  const concepts = new Set(pack.terms.map(({ concept }) => concept));
  const ids = new Set<string>();
  for (const { id, category, all, unless, imminent } of pack.rules) {
    const file = `rules/${category}.json`;
    if (!pack.categories.includes(category)) throw new PackError('pack.shape', file, id, 'category', 'is not in pack.json');
    if (ids.has(id)) throw new PackError('pack.duplicate', file, id, 'id', 'is used twice');
    ids.add(id);
    for (const name of [...all.flat(), ...unless, ...imminent]) {
      if (!concepts.has(name) && !ENTITY.test(name)) {
        throw new PackError('pack.unknown_concept', file, id, 'concepts', `"${name}" has no words in any lexicon`);
      }
    }
  }
}

function objectOf(value: unknown, file: string, rule: string, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw new PackError('pack.shape', file, rule, field, 'must be an object');
}

function listOf(value: unknown, file: string, rule: string, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new PackError('pack.shape', file, rule, field, 'must be a list');
}

function textOf(value: unknown, file: string, rule: string, field: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new PackError('pack.shape', file, rule, field, 'must be a text that is not empty');
}

function textsOf(value: unknown, file: string, rule: string, field: string): readonly string[] {
  return listOf(value, file, rule, field).map((entry) => textOf(entry, file, rule, field));
}

function noOthers(value: Readonly<Record<string, unknown>>, allowed: readonly string[], file: string, rule: string): void {
  const other = Object.keys(value).find((name) => !allowed.includes(name));
  if (other !== undefined) throw new PackError('pack.shape', file, rule, other, 'is no known field');
}

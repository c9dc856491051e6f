/** Which rules of a pack fire on the hits of one message, or of a window of messages, and on which words. */
import type { Entity } from '../entities/entity.ts';
import type { Word } from '../text/words.ts';
import type { Hit } from './matcher.ts';
import type { Rule, RulePack, Strength } from './pack.ts';

/** Something a rule can ask for, with its place. Positions count words from the start of what is read together. */
export interface Evidence {
  /** A concept, or `entity:` and a type. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Offsets in the text of its message. */
  readonly start: number;
  readonly end: number;
  /** The term as the lexicon writes it and its language; empty for entities. */
  readonly term: string;
  readonly language: string;
  /** Which message of a window, from 0. */
  readonly message: number;
}

export interface Firing {
  readonly rule: string;
  readonly category: string;
  readonly strength: Strength;
  readonly why: string;
  /** For the threat category only. */
  readonly level: 'none' | 'possible' | 'imminent';
  readonly evidence: readonly Evidence[];
}

/** Hits tried for one group of a rule; more of the same kind add nothing. */
const TRIED_PER_GROUP_MAX = 12;
const NEGATION_WORDS_MAX = 3;

/** Hits without those that a negation cancels, and entities, as evidence of message `message`. */
export function evidenceOf(
  pack: RulePack,
  words: readonly Word[],
  hits: readonly Hit[],
  entities: readonly Entity[],
  message = 0,
): readonly Evidence[] {
  const negations = hits.filter(({ term }) => term.concept === 'not');
  const evidence: Evidence[] = [];
  for (const { term, first, last } of hits) {
    if (pack.negatable.has(term.concept) && negations.some((not) => cancels(not, first, words))) continue;
    evidence.push({
      ...{ name: term.concept, first, last, term: term.written, language: term.language, message },
      ...{ start: words[first]?.start ?? 0, end: words[last]?.end ?? 0 },
    });
  }
  for (const { type, start, end } of entities) {
    const first = words.findIndex((word) => word.end > start);
    let last = first;
    while ((words[last + 1]?.start ?? end) < end) last += 1;
    evidence.push({ name: `entity:${type}`, first, last, start, end, term: '', language: '', message });
  }
  return evidence;
}

function cancels(not: Hit, first: number, words: readonly Word[]): boolean {
  const reach = words[first]?.kind === 'character' ? NEGATION_WORDS_MAX * 2 : NEGATION_WORDS_MAX;
  return not.last < first && first - not.last <= reach && words[not.last]?.clause === words[first]?.clause;
}

/** `window` rules are asked only where several messages are read together. */
export function judge(pack: RulePack, evidence: readonly Evidence[], window: boolean): readonly Firing[] {
  const byName = new Map<string, Evidence[]>();
  for (const item of evidence) {
    const list = byName.get(item.name);
    if (list === undefined) byName.set(item.name, [item]);
    else list.push(item);
  }
  const firings: Firing[] = [];
  for (const rule of pack.rules) {
    if (rule.window > 1 && !window) continue;
    const firing = fire(pack, rule, byName);
    if (firing !== null) firings.push(firing);
  }
  return firings;
}

function fire(pack: RulePack, rule: Rule, byName: ReadonlyMap<string, readonly Evidence[]>): Firing | null {
  if (!rule.all.every((group) => group.some((name) => byName.has(name)))) return null;
  if (rule.unless.some((name) => byName.has(name))) return null;
  const groups = rule.all.map((group) => group.flatMap((name) => byName.get(name) ?? []).slice(0, TRIED_PER_GROUP_MAX));
  const found = choose(groups, rule.within, []);
  if (found === null) return null;
  const urgent = rule.imminent.flatMap((name) => byName.get(name) ?? []).slice(0, 2);
  const isThreat = rule.category === pack.threatCategory;
  return {
    ...{ rule: rule.id, category: rule.category, strength: rule.strength, why: rule.why },
    level: !isThreat ? 'none' : urgent.length > 0 ? 'imminent' : 'possible',
    evidence: isThreat ? [...found, ...urgent] : found,
  };
}

/** One item of each group, no two on the same words, within the rule's distance. At most five groups of twelve. */
function choose(
  groups: readonly (readonly Evidence[])[],
  within: number | null,
  chosen: readonly Evidence[],
): readonly Evidence[] | null {
  const [group, ...rest] = groups;
  if (group === undefined) return chosen;
  for (const item of group) {
    if (chosen.some((other) => other.message === item.message && other.first <= item.last && item.first <= other.last)) continue;
    if (within !== null && chosen.some((other) => other.message !== item.message || distance(other, item) > within)) continue;
    const found = choose(rest, within, [...chosen, item]);
    if (found !== null) return found;
  }
  return null;
}

function distance(one: Evidence, other: Evidence): number {
  return Math.max(one.first - other.last, other.first - one.last, 0);
}

/** The triage of one message: language, entities, categories and threat level, each with what it rests on. */
import type { Entity } from './entities/entity.ts';
import { findEntities } from './entities/index.ts';
import { type Evidence, evidenceOf, type Firing, judge } from './pack/judge.ts';
import { TermMatcher } from './pack/matcher.ts';
import type { RulePack } from './pack/pack.ts';
import { type Language, languageOf } from './text/language.ts';
import { wordsOf } from './text/words.ts';

export type ThreatLevel = 'none' | 'possible' | 'imminent';

export interface Triage {
  readonly language: Language;
  readonly entities: readonly Entity[];
  /** Categories that a firm rule, or two weak rules, raise. */
  readonly categories: readonly string[];
  readonly threatLevel: ThreatLevel;
  /** The reasons, weak ones included. */
  readonly firings: readonly Firing[];
  /** For the conversation's window. */
  readonly evidence: readonly Evidence[];
  /** The pack's version, for the record of why something was shown. */
  readonly packVersion: string;
}

/** Texts longer than this are judged by their beginning. */
const TEXT_LETTERS_MAX = 60_000;
/** "A: ...", as conversations are quoted. */
const QUOTED_LINES = /^.{1,24}: .*\n.{1,24}: /;

/** Keeps the compiled pack; holds no state of messages. */
export class Triager {
  readonly pack: RulePack;
  readonly #matcher: TermMatcher;

  constructor(pack: RulePack) {
    this.pack = pack;
    this.#matcher = new TermMatcher(pack.terms);
  }

  triage(text: string): Triage {
    const read = text.slice(0, TEXT_LETTERS_MAX);
    const detected = languageOf(read);
    const words = wordsOf(read);
    // Short and mixed texts mislead letter statistics: two function words make a language plausible as well.
    const language = { ...detected, plausible: withFunctionWords(detected.plausible, this.#matcher, words) };
    const hits = this.#matcher.match(words, language.plausible);
    const entities = findEntities({ text: read, words, hits, language: language.language });
    const evidence = evidenceOf(this.pack, words, hits, entities);
    const firings = judge(this.pack, evidence, QUOTED_LINES.test(read));
    return {
      ...{ language, entities, firings, evidence, packVersion: this.pack.version },
      ...verdictOf(this.pack, firings),
    };
  }
}

function withFunctionWords(
  plausible: ReadonlySet<string>,
  matcher: TermMatcher,
  words: ReturnType<typeof wordsOf>,
): ReadonlySet<string> {
  const counts = new Map<string, Set<string>>();
  for (const { term } of matcher.functionWords(words)) {
    const seen = counts.get(term.language) ?? new Set();
    counts.set(term.language, seen.add(term.written));
  }
  const more = [...counts].filter(([language, seen]) => seen.size >= 2 && !plausible.has(language)).map(([language]) => language);
  return more.length === 0 ? plausible : new Set([...plausible, ...more]);
}

/** What a set of firings says together. */
export function verdictOf(
  pack: RulePack,
  firings: readonly Firing[],
): { categories: readonly string[]; threatLevel: ThreatLevel } {
  const categories = pack.categories.filter((category) => {
    const own = firings.filter((firing) => firing.category === category);
    return own.some(({ strength }) => strength === 'firm') || new Set(own.map(({ rule }) => rule)).size >= 2;
  });
  const levels = firings.filter(({ category }) => category === pack.threatCategory).map(({ level }) => level);
  const threatLevel = !categories.includes(pack.threatCategory) ? 'none' : levels.includes('imminent') ? 'imminent' : 'possible';
  return { categories, threatLevel };
}

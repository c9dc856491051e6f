/** Which language a text is in, and which it may be in: short and mixed lines have more than one candidate (eld, ARCHITECTURE). */
import eld from 'eld/small';
import { asciiDigits } from './fold.ts';
import { type Script, scriptOf } from './script.ts';

export interface Language {
  /** BCP 47, with the script where a language has two (`sr-Latn`, `zh-Hans`); `und` where nothing tells. */
  readonly language: string;
  readonly script: Script;
  /** Languages of the lexicons to believe short terms of. Serbian, Croatian and Bosnian are `sr`, Indonesian and Malay `id`. */
  readonly plausible: ReadonlySet<string>;
}

/** Scripts of one language need no statistics. */
const BY_SCRIPT: Partial<Record<Script, string>> = {
  Grek: 'el',
  Hebr: 'he',
  Thai: 'th',
  Laoo: 'lo',
  Khmr: 'km',
  Hans: 'zh-Hans',
  Hant: 'zh-Hant',
  Jpan: 'ja',
  Kore: 'ko',
};
const LEXICON_OF: Readonly<Record<string, string>> = { hr: 'sr', bs: 'sr', ms: 'id', nb: 'no', nn: 'no' };
/** A candidate counts if its score is near the best one's. */
const NEAR_BEST = 0.8;
/** Enough to tell; more costs time. */
const LETTERS_READ_MAX = 240;

export function languageOf(text: string): Language {
  const script = scriptOf(text);
  const only = BY_SCRIPT[script];
  if (only !== undefined) return { language: only, script, plausible: new Set([only.slice(0, 2), ...otherScripts(text)]) };
  const { language, getScores } = eld.detect(asciiDigits(text.slice(0, LETTERS_READ_MAX)));
  const plausible = new Set<string>();
  const scores = getScores();
  const best = Math.max(0, ...Object.values(scores));
  for (const [candidate, score] of Object.entries(scores)) {
    if (score >= best * NEAR_BEST) plausible.add(LEXICON_OF[candidate] ?? candidate);
  }
  if (script === 'Zyyy') for (const other of otherScripts(text)) plausible.add(other);
  return { language: tagOf(language, script, text), script, plausible };
}

function otherScripts(text: string): readonly string[] {
  const found: string[] = [];
  if (/[a-z]{2}/i.test(text)) found.push('en');
  if (/\p{Script=Cyrillic}/u.test(text)) found.push('ru');
  if (/\p{Script=Arabic}/u.test(text)) found.push('ar');
  if (/\p{Script=Han}/u.test(text)) found.push('zh');
  return found;
}

function tagOf(language: string, script: Script, text: string): string {
  if (language === '') return 'und';
  if (['sr', 'hr', 'bs'].includes(language)) return script === 'Cyrl' ? 'sr-Cyrl' : 'sr-Latn';
  if (script === 'Cyrl' && /[ђјљњћџ]/i.test(text)) return 'sr-Cyrl';
  if (script === 'Cyrl' && language === 'uk' && !/[іїєґ]/i.test(text)) return /[ыэёъ]/i.test(text) ? 'ru' : language;
  if (language === 'ms') return 'id';
  return language;
}

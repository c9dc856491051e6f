/** The tokens of a text for the archive's index: folded words and stems, segments and pairs where there are no spaces (ARCHITECTURE). */
import { asciiDigits, fold } from './fold.ts';
import { UNSPACED } from './script.ts';
import { stem, withoutParticles } from './stem.ts';

export interface TextTokens {
  /** Folded words in order, one a word: for phrases and highlighting. */
  readonly words: readonly { readonly token: string; readonly start: number; readonly end: number }[];
  /** Stems and forms without particles that differ from the words. */
  readonly stems: readonly string[];
}

const WORD = new RegExp(
  String.raw`[${UNSPACED}]+|(?:(?![${UNSPACED}])[\p{L}\p{M}\p{N}])+(?:['’\u200c\u200d](?:(?![${UNSPACED}])[\p{L}\p{M}\p{N}])+)*`,
  'gu',
);
const IDEOGRAPHIC = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const UNSPACED_START = new RegExp(`^[${UNSPACED}]`, 'u');
const TOKENS_MAX = 50_000;

/** One for each script: made once, since making one costs milliseconds. */
const segmenters = new Map<string, Intl.Segmenter>();

export function tokensOf(text: string, language: string): TextTokens {
  const words: { token: string; start: number; end: number }[] = [];
  const stems = new Set<string>();
  for (const match of text.matchAll(WORD)) {
    if (words.length >= TOKENS_MAX) break;
    const [found] = match;
    if (UNSPACED_START.test(found)) pushSegments(words, found, match.index);
    else {
      const token = asciiDigits(fold(found)).replace(/['\u200c\u200d]/g, '');
      words.push({ token, start: match.index, end: match.index + found.length });
      for (const other of [stem(found.toLowerCase(), language), ...withoutParticles(token)])
        if (other !== token && other !== '') stems.add(other);
    }
  }
  return { words, stems: [...stems] };
}

/** Segments by dictionary, and pairs of neighbours in East Asian text, so that a word is found however the dictionary cuts. */
function pushSegments(words: { token: string; start: number; end: number }[], run: string, offset: number): void {
  for (const { segment, index, isWordLike } of segmenterOf(run).segment(run)) {
    if (isWordLike === true) words.push({ token: fold(segment), start: offset + index, end: offset + index + segment.length });
  }
  let before: { character: string; at: number } | null = null;
  let at = 0;
  for (const character of run) {
    if (IDEOGRAPHIC.test(character)) {
      if (before !== null)
        words.push({ token: fold(before.character + character), start: offset + before.at, end: offset + at + character.length });
      before = { character, at };
    } else before = null;
    at += character.length;
  }
}

function segmenterOf(run: string): Intl.Segmenter {
  const locale = /\p{Script=Thai}/u.test(run)
    ? 'th'
    : /\p{Script=Lao}/u.test(run)
      ? 'lo'
      : /\p{Script=Khmer}/u.test(run)
        ? 'km'
        : /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(run)
          ? 'ja'
          : 'zh';
  const known = segmenters.get(locale);
  if (known !== undefined) return known;
  const made = new Intl.Segmenter(locale, { granularity: 'word' });
  segmenters.set(locale, made);
  return made;
}

/** Words with their place in the text, as rules and entities read them: a character each where the script has no spaces. */
import { lowerCase } from './fold.ts';
import { UNSPACED } from './script.ts';

export interface Word {
  /** Lower case, composed, otherwise as written. */
  readonly raw: string;
  /** Offsets in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly kind: 'word' | 'number' | 'character' | 'sign';
  /** Counts the lines and sentences before it. */
  readonly sentence: number;
  /** Counts commas too: a negation does not reach over one. */
  readonly clause: number;
}

/** Longer messages are judged by their beginning; what follows is searchable all the same. */
const WORDS_MAX = 20_000;

const WORD = new RegExp(
  [
    `(?<character>[${UNSPACED}])`,
    String.raw`(?<number>\p{Nd}+(?:[.,:]\p{Nd}+)*)`,
    String.raw`(?<sign>\p{Extended_Pictographic})`,
    String.raw`(?<stop>[.!?…。！？؟\n])`,
    '(?<comma>[,;،؛、，；])',
    String.raw`(?<word>[\p{L}\p{M}\p{N}\u200c\u200d'’]+)`,
  ].join('|'),
  'gu',
);
const UNSPACED_INSIDE = new RegExp(`[${UNSPACED}]`, 'u');
/** Romance and Albanian elision: l'arme, dell'ufficio, s'ka. */
// English contractions stay whole: he's, I'm, we'll.
const ELISION = /^(\p{L}{1,2}|dell|nell|sull|dall|all|qu)['’](?!(?:s|m|d|t|ll|re|ve)$)(\p{L}.*)$/iu;

export function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  let sentence = 0;
  let clause = 0;
  for (const match of text.matchAll(WORD)) {
    const { character, number, sign, stop, comma } = match.groups ?? {};
    const found = match[0];
    const start = match.index;
    const place = { start, end: start + found.length, sentence, clause };
    if (stop !== undefined || comma !== undefined) {
      clause += 1;
      if (stop !== undefined) sentence += 1;
    } else if (character !== undefined) words.push({ raw: found.normalize('NFC'), kind: 'character', ...place });
    else if (number !== undefined) words.push({ raw: found, kind: 'number', ...place });
    else if (sign !== undefined) words.push({ raw: found, kind: 'sign', ...place });
    else pushWord(words, found, place);
    if (words.length >= WORDS_MAX) break;
  }
  return words;
}

function pushWord(words: Word[], found: string, place: { start: number; end: number; sentence: number; clause: number }): void {
  const cut = UNSPACED_INSIDE.exec(found);
  if (cut !== null) {
    // Latin letters that run into a script without spaces.
    const { start, sentence, clause } = place;
    if (cut.index > 0) pushWord(words, found.slice(0, cut.index), { start, end: start + cut.index, sentence, clause });
    for (let at = cut.index; at < found.length; ) {
      const rest = found.slice(at);
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      words.push({ raw: character, kind: 'character', start: start + at, end: start + at + character.length, sentence, clause });
      at += character.length;
    }
    return;
  }
  const elided = ELISION.exec(found);
  if (elided?.[1] !== undefined && elided[2] !== undefined) {
    const cutAt = place.start + elided[1].length;
    words.push({ raw: lowerCase(elided[1]), kind: 'word', ...place, end: cutAt });
    words.push({ raw: lowerCase(elided[2]), kind: 'word', ...place, start: cutAt + 1 });
    return;
  }
  const raw = lowerCase(found).replace(/['\u200c\u200d]/g, '');
  if (raw !== '') words.push({ raw, kind: 'word', ...place });
}

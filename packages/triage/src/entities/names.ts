/** Named places and the names that people go by: gazetteer, words such as "wharf" beside a name, and names without a known meaning. */
import { type EntityContext, entityOfWords, spansOf } from './context.ts';
import type { Entity } from './entity.ts';

/** Scripts without capitals are read from the gazetteer and from titles only. */
const CAPITAL = /^\p{Lu}/u;
/** Languages that write every noun with a capital. */
const NOUNS_CAPITAL = new Set(['de']);
const NAME_WORDS_MAX = 3;

export function findNames(context: EntityContext): readonly Entity[] {
  const places = [...knownPlaces(context), ...headedPlaces(context)];
  return [...places, ...aliases(context, places)];
}

function isCapital({ text, words }: EntityContext, at: number): boolean {
  const word = words[at];
  return word !== undefined && word.kind === 'word' && CAPITAL.test(text.slice(word.start, word.end));
}

function knownPlaces(context: EntityContext): readonly Entity[] {
  return [...spansOf(context, 'place')]
    .filter(([first]) => {
      const word = context.words[first];
      return (
        word !== undefined &&
        (isCapital(context, first) || !/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word.raw))
      );
    })
    .map(([first, last]) => entityOfWords(context, 'place', first, last));
}

/** "Dunmore Wharf", "Gate 4", "the Wattle Hotel", "Wilgenkade", "порт Стари". */
function headedPlaces(context: EntityContext): readonly Entity[] {
  const { words } = context;
  const places: Entity[] = [];
  for (const [first, last] of spansOf(context, 'placehead')) {
    const capital = isCapital(context, first);
    let from = first;
    let to = last;
    while (from > 0 && first - from < NAME_WORDS_MAX && isCapital(context, from - 1) && isSameSentence(context, from - 1, first))
      from -= 1;
    while (to + 1 < words.length && to - last < NAME_WORDS_MAX && (isCapital(context, to + 1) || isGateNumber(context, to)))
      to += 1;
    const compound =
      capital && first === last && (words[first]?.raw.length ?? 0) >= 8 && (first > 0 || from < first || to > last);
    if (from < first || to > last || compound) places.push(entityOfWords(context, 'place', from, to));
  }
  return places;
}

function isGateNumber({ words }: EntityContext, at: number): boolean {
  const next = words[at + 1];
  return next?.kind === 'number' && /^\d{1,2}$/.test(next.raw) && next.start - (words[at]?.end ?? 0) === 1;
}

function isSameSentence({ words }: EntityContext, one: number, other: number): boolean {
  return words[one]?.sentence === words[other]?.sentence;
}

/** A capital inside a sentence that nothing else explains, or a name after "Mr", "uncle", "abu". */
function aliases(context: EntityContext, places: readonly Entity[]): readonly Entity[] {
  const { words } = context;
  const found: Entity[] = [];
  const known = new Set<number>();
  for (const { term, first, last } of context.hits) {
    if (['day', 'month', 'currency', 'placehead', 'unit', 'clock', 'function', 'you', 'me', 'target'].includes(term.concept)) {
      for (let at = first; at <= last; at += 1) known.add(at);
    }
  }
  const titles = spansOf(context, 'title');
  for (const [first, last] of titles) {
    const script = words[first]?.raw ?? '';
    if (isCapital(context, last + 1)) found.push(entityOfWords(context, 'person_alias', first, last + 1));
    else if (/^[\u0600-\u06ff]/.test(script) && words[last + 1]?.kind === 'word')
      found.push(entityOfWords(context, 'person_alias', first, last + 1));
  }
  if (NOUNS_CAPITAL.has(context.language)) return found;
  for (let at = 0; at < words.length; at += 1) {
    if (!isCapital(context, at) || known.has(at) || startsSentence(context, at) || isShouted(context, at)) continue;
    let last = at;
    while (last + 1 < words.length && last - at < 2 && isCapital(context, last + 1) && isSameSentence(context, at, last + 1))
      last += 1;
    const entity = entityOfWords(context, 'person_alias', at, last);
    const taken = [...places, ...found].some((other) => other.start < entity.end && entity.start < other.end);
    if (!taken) found.push(entity);
    at = last;
  }
  return found;
}

/** First word, or after a full stop, colon, quotation mark or line break. */
function startsSentence({ text, words }: EntityContext, at: number): boolean {
  const before = words[at - 1];
  const word = words[at];
  return (
    before === undefined ||
    word === undefined ||
    before.sentence !== word.sentence ||
    /[:"“”«»'‘(-]/.test(text.slice(before.end, word.start))
  );
}

/** Abbreviations and shouting. */
function isShouted({ text, words }: EntityContext, at: number): boolean {
  const word = words[at];
  const written = word === undefined ? '' : text.slice(word.start, word.end);
  return written.length < 3 || /^\P{Ll}+$/u.test(written);
}

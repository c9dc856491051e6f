/** Money with its currency and quantities with their unit, in digits or in number words. */
import { type EntityContext, entityOfWords, spansOf } from './context.ts';
import type { Entity } from './entity.ts';

const SYMBOL_BEFORE = /[€£$¥₽₺₴₫฿₹₪₩₦]\s?$/;
const SYMBOL_AFTER = /^\s?[€£$¥₽₺₴₫฿₹₪₩₦]/;
const GROUP_OF_THREE = /^\d{3}$/;
const GLUED_SCALE = /^\s?(?:k|K|m|mln|mil|tys|tkr|tsd)\b/;
/** Below this a number of four digits with grouping is still a year or a house number. */
const NUMBER_WORDS_MAX = 6;

/** A number by first and last word, with what it says. */
interface NumberSpan {
  readonly first: number;
  readonly last: number;
  /** Ends in thousand, million, grand or the like. */
  readonly scaled: boolean;
  /** 1.200, 18 000: grouped as amounts are. */
  readonly grouped: boolean;
  readonly digits: boolean;
}

export function findAmounts(context: EntityContext): readonly Entity[] {
  const currencies = spansOf(context, 'currency');
  const units = spansOf(context, 'unit', 'weight', 'people', 'gun', 'ammo', 'data');
  const entities: Entity[] = [];
  const notAmounts = spansOf(context, 'hour', 'month');
  for (const number of numbersOf(context)) {
    const { text, words } = context;
    const start = words[number.first]?.start ?? 0;
    const end = words[number.last]?.end ?? 0;
    const before = SYMBOL_BEFORE.exec(text.slice(Math.max(0, start - 2), start));
    const after = SYMBOL_AFTER.exec(text.slice(end, end + 2));
    const currency = currencies.get(number.last + 1);
    if (currency !== undefined) entities.push(entityOfWords(context, 'money', number.first, currency));
    else if (before !== null || after !== null) {
      const from = start - (before?.[0].length ?? 0);
      const scale = after === null ? (GLUED_SCALE.exec(text.slice(end, end + 5))?.[0].length ?? 0) : after[0].length;
      entities.push({ type: 'money', text: text.slice(from, end + scale), start: from, end: end + scale });
    } else {
      const unit = units.get(number.last + 1) ?? units.get(number.last + 2);
      if (unit !== undefined && unit - number.last <= 4) entities.push(entityOfWords(context, 'quantity', number.first, unit));
      else if (/^\s?%/.test(text.slice(end, end + 2)))
        entities.push({ ...entityOfWords(context, 'quantity', number.first, number.last) });
      else if ((number.scaled || (number.grouped && number.digits)) && !notAmounts.has(number.last + 1)) {
        entities.push(entityOfWords(context, 'money', number.first, number.last));
      }
    }
  }
  // Currencies that stand in front: "USD 500", "lei 200".
  for (const [first, last] of currencies) {
    const next = context.words[last + 1];
    const adjacent = next !== undefined && next.kind === 'number' && next.start - (context.words[last]?.end ?? 0) <= 1;
    if (adjacent && context.words[first - 1]?.kind !== 'number') entities.push(entityOfWords(context, 'money', first, last + 1));
  }
  return entities;
}

function numbersOf(context: EntityContext): readonly NumberSpan[] {
  const { words, text } = context;
  const numberWords = spansOf(context, 'num');
  const scales = spansOf(context, 'scale');
  const numbers: NumberSpan[] = [];
  for (let at = 0; at < words.length; at += 1) {
    let last = at - 1;
    let scaled = false;
    let grouped = false;
    let digits = false;
    for (let count = 0; count < NUMBER_WORDS_MAX; count += 1) {
      const word = words[last + 1];
      if (word === undefined) break;
      if (word.kind === 'number') {
        const continues =
          GROUP_OF_THREE.test(word.raw) && words[last]?.kind === 'number' && word.start - (words[last]?.end ?? 0) === 1;
        if (last >= at && !continues) break;
        if (continues || /^\d{1,3}([.,]\d{3})+$/.test(word.raw)) grouped = true;
        digits = true;
        last += 1;
      } else {
        const glued = /^\d+([.,]\d+)?(k|mil|m|tkr|tys)$/.test(word.raw);
        const scale = scales.get(last + 1);
        const named = numberWords.get(last + 1);
        if (glued && last < at) {
          scaled = true;
          digits = true;
          last += 1;
        } else if (scale !== undefined) {
          scaled = true;
          last = scale;
        } else if (named !== undefined && !digits) last = named;
        else break;
      }
    }
    if (last < at) continue;
    const alone = text.slice(words[at]?.start, words[last]?.end);
    if (/\p{L}|\d/u.test(alone)) numbers.push({ first: at, last, scaled, grouped, digits });
    at = last;
  }
  return numbers;
}

/** Dates and times of day: in digits, and in the words of the lexicon. */
import { type EntityContext, entityAt, entityOfWords, spansOf } from './context.ts';
import type { Entity } from './entity.ts';

const DATE = /(?<![\d.:/-])(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})|\d{1,2}\/\d{1,2})(?![\d/-])/g;
const CLOCK =
  /(?<![\d.:])(?:[01]?\d|2[0-4])[:h.](?:[0-5]\d)(?:\s?(?:am|pm|h|uhr))?(?![\d:]|\.\d)|(?<![\d.:,])(?:[1-9]|1[0-2])\s?(?:am|pm)\b/gi;
const CJK_CLOCK =
  /(?:凌晨|早上|上午|中午|下午|晚上)?[\d一二两三四五六七八九十]{1,3}[点點时時](?:半|[\d一二三四五六七八九十]{1,3}分)?/g;
const CJK_DATE = /\d{1,2}月\d{1,2}[日号]?/g;

export function findWhen(context: EntityContext): readonly Entity[] {
  const { text } = context;
  const found: Entity[] = [];
  for (const match of text.matchAll(DATE)) found.push(entityAt(text, 'date', match.index, match.index + match[0].length));
  for (const match of text.matchAll(CJK_DATE)) found.push(entityAt(text, 'date', match.index, match.index + match[0].length));
  for (const match of text.matchAll(CLOCK)) {
    const dotted = match[0].includes('.') && !/[a-z]/i.test(match[0]);
    if (!dotted) found.push(entityAt(text, 'time', match.index, match.index + match[0].length));
  }
  for (const match of text.matchAll(CJK_CLOCK)) found.push(entityAt(text, 'time', match.index, match.index + match[0].length));
  return [...found, ...datesInWords(context), ...timesInWords(context)];
}

function datesInWords(context: EntityContext): readonly Entity[] {
  const days = spansOf(context, 'day');
  const months = spansOf(context, 'month');
  const lead = spansOf(context, 'dayprep');
  const dates: Entity[] = [];
  for (const [first, last] of days) {
    const from = lead.get(first - 1) === first - 1 ? first - 1 : first;
    // "tomorrow evening", "next Friday": two words of days are one date.
    dates.push(entityOfWords(context, 'date', from, days.get(last + 1) ?? last));
  }
  for (const [first, last] of months) {
    if (context.words[first - 1]?.kind === 'number') dates.push(entityOfWords(context, 'date', first - 1, last));
    else if (context.words[last + 1]?.kind === 'number') dates.push(entityOfWords(context, 'date', first, last + 1));
  }
  return dates;
}

/** "23 Uhr", "zes uur", "2 giờ sáng": a number before its hour word; "الساعة 3", "klo 6", "at nine": after it. */
function timesInWords(context: EntityContext): readonly Entity[] {
  const { words } = context;
  const numberWords = spansOf(context, 'num');
  const hours = spansOf(context, 'hour');
  const before = spansOf(context, 'athour');
  const parts = spansOf(context, 'daypart');
  const times: Entity[] = [];
  const isHour = (at: number): number | undefined => {
    const word = words[at];
    if (word?.kind === 'number') return /^(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?$/.test(word.raw) ? at : undefined;
    return numberWords.get(at);
  };
  for (const [first, last] of hours) {
    for (let from = first - 1; from >= Math.max(0, first - 3); from -= 1) {
      if (isHour(from) === first - 1) {
        times.push(entityOfWords(context, 'time', from, parts.get(last + 1) ?? last));
        break;
      }
    }
  }
  for (const [first, last] of before) {
    const hour = isHour(last + 1);
    if (hour === undefined || spansOf(context, 'currency', 'unit', 'weight', 'people', 'scale').has(hour + 1)) continue;
    const named = /^[\u0600-\u06ff]/.test(words[first]?.raw ?? '');
    times.push(entityOfWords(context, 'time', named ? first : last + 1, parts.get(hour + 1) ?? hour));
  }
  for (const [first, last] of spansOf(context, 'clock')) times.push(entityOfWords(context, 'time', first, last));
  return times;
}

/** The script of a text as an ISO 15924 code, and which scripts write without spaces (ARCHITECTURE, Tokens). */

/** Han is named by what accompanies it: kana makes it Japanese, otherwise simplified Chinese is told from traditional. */
export type Script =
  | 'Latn'
  | 'Cyrl'
  | 'Grek'
  | 'Arab'
  | 'Hebr'
  | 'Deva'
  | 'Thai'
  | 'Laoo'
  | 'Khmr'
  | 'Hans'
  | 'Hant'
  | 'Jpan'
  | 'Kore'
  | 'Zyyy';

const SCRIPTS: readonly (readonly [Script | 'Hani' | 'Kana', RegExp])[] = [
  ['Latn', /\p{Script=Latin}/gu],
  ['Cyrl', /\p{Script=Cyrillic}/gu],
  ['Grek', /\p{Script=Greek}/gu],
  ['Arab', /\p{Script=Arabic}/gu],
  ['Hebr', /\p{Script=Hebrew}/gu],
  ['Deva', /\p{Script=Devanagari}/gu],
  ['Thai', /\p{Script=Thai}/gu],
  ['Laoo', /\p{Script=Lao}/gu],
  ['Khmr', /\p{Script=Khmer}/gu],
  ['Hani', /\p{Script=Han}/gu],
  ['Kana', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['Kore', /\p{Script=Hangul}/gu],
];
/** Common characters that exist only in traditional writing. */
const TRADITIONAL = /[們這個來時說會過還沒對開發經點東錢買賣車門問間電話號碼樣見長國學後從給誰讓殺槍貨]/;
/** A second script with at least this share of the letters makes the text mixed. */
const MIXED_SHARE = 0.3;

export const UNSPACED = String.raw`\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}`;

/** `Zyyy` if the text has no letters, or letters of two scripts in comparable number. */
export function scriptOf(text: string): Script {
  if (/^[\p{ASCII}]*$/u.test(text)) return /[a-z]/i.test(text) ? 'Latn' : 'Zyyy';
  const counts = SCRIPTS.map(([name, pattern]) => ({ name, count: text.match(pattern)?.length ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  const [first, second] = counts;
  if (first === undefined) return 'Zyyy';
  if (counts.some(({ name }) => name === 'Kana') && ['Kana', 'Hani'].includes(first.name)) return 'Jpan';
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  // A Han character says about as much as a Latin word of three letters.
  const weight = (entry: { name: string; count: number }) => entry.count * (entry.name === 'Hani' ? 3 : 1);
  if (second !== undefined && Math.min(weight(first), weight(second)) / total >= MIXED_SHARE) return 'Zyyy';
  if (first.name === 'Hani') return TRADITIONAL.test(text) ? 'Hant' : 'Hans';
  if (first.name === 'Kana') return 'Jpan';
  return first.name;
}

/** Folding for comparison: marks go only where a script's readers drop them themselves (ARCHITECTURE, Tokens). */

/** Letters that Unicode does not decompose and that are typed as others. */
const LATIN_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
  ħ: 'h',
};
const ARABIC_LETTERS: Readonly<Record<string, string>> = {
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ى: 'ي',
  ی: 'ي',
  ئ: 'ي',
  ک: 'ك',
  ة: 'ه',
  ۀ: 'ه',
  ہ: 'ه',
  ھ: 'ه',
  ؤ: 'و',
};
const DIGIT_ZEROS = [0x0660, 0x06f0, 0x0966, 0x0e50, 0x09e6, 0xff10];

/** `word` in lower case, composed, without the dot that Turkish capitals leave behind. Shape of the letters is kept. */
export function lowerCase(word: string): string {
  return word.replace(/İ/g, 'i').toLowerCase().normalize('NFC').replace(/’/g, "'");
}

/**
 * The form under which spellings of one word meet. Latin, Greek, Hebrew and Arabic lose their marks, Cyrillic its stress and
 * the dots of ё; Thai, Indic and East Asian text keeps every mark, since there a mark is a letter.
 */
export function fold(word: string): string {
  const lower = lowerCase(word);
  if (/^[a-z0-9]*$/.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(/([\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu, '$1')
    .replace(/([\p{Script=Hebrew}\p{Script=Arabic}])\p{M}+/gu, '$1')
    .replace(/(\p{Script=Cyrillic})[\u0300\u0301\u0308]+/gu, '$1')
    .normalize('NFC')
    .replace(/[\u0640\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/[ßæœøđðþłıħ]/g, (letter) => LATIN_LETTERS[letter] ?? letter)
    .replace(/[أإآٱىیئکةۀہھؤ]/g, (letter) => ARABIC_LETTERS[letter] ?? letter)
    .replace(/ς/g, 'σ')
    .replace(/[٠-٩۰-۹०-९๐-๙০-৯]/g, asciiDigit);
}

/** Text in which digits of other scripts are ASCII digits, at the same offsets. */
export function asciiDigits(text: string): string {
  return text.replace(/[٠-٩۰-۹०-९๐-๙০-৯０-９]/g, asciiDigit);
}

function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = DIGIT_ZEROS.find((first) => code >= first && code < first + 10);
  return zero === undefined ? digit : String(code - zero);
}

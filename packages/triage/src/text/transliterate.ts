/** Cyrillic, Greek and Arabic in Latin letters, so that one spelling finds the other (the archive's search, Serbian's two scripts). */
import { fold } from './fold.ts';

const CYRILLIC: Readonly<Record<string, string>> = {
  ...table('а a б b в v г g д d е e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х h ц ts ч ch ш sh щ shch'),
  ...table('ы y э e ю yu я ya ё e і i ї yi є ye ґ g ў u'),
  ъ: '',
  ь: '',
};
/** Serbian and Macedonian letters have one Latin letter each, already folded (č to c). */
const SERBIAN: Readonly<Record<string, string>> = {
  ...table('а a б b в v г g д d ђ d е e ж z з z и i ј j к k л l љ lj м m н n њ nj о o п p р r с s т t ћ c у u ф f х h ц c ч c'),
  ...table('џ dz ш s'),
};
const GREEK: Readonly<Record<string, string>> = table(
  'α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s τ t υ y φ f χ ch ψ ps ω o',
);
const ARABIC: Readonly<Record<string, string>> = {
  ...table('ا a ب b ت t ث th ج j ح h خ kh د d ذ dh ر r ز z س s ش sh ص s ض d ط t ظ z غ gh ف f ق q ك k ل l م m ن n ه h و w ي y'),
  ...table('پ p چ ch ژ zh گ g ٹ t ڈ d ڑ r ں n ے e'),
  ع: '',
  ء: '',
};

function table(pairs: string): Record<string, string> {
  const parts = pairs.split(' ');
  return Object.fromEntries(parts.flatMap((part, at) => (at % 2 === 0 ? [[part, parts[at + 1] ?? '']] : [])));
}

/** Serbian Cyrillic as folded Serbian Latin; other letters stay. */
export function serbianToLatin(word: string): string {
  return replaceLetters(fold(word), SERBIAN);
}

/** Every Latin spelling under which a Cyrillic, Greek or Arabic word is worth finding; empty for other words. */
export function latinSpellings(word: string): readonly string[] {
  const folded = fold(word);
  if (/\p{Script=Cyrillic}/u.test(folded)) {
    return [...new Set([replaceLetters(folded, CYRILLIC), replaceLetters(folded, SERBIAN)])];
  }
  if (/\p{Script=Greek}/u.test(folded)) return [replaceLetters(folded.replace(/ου/g, 'ou'), { ...GREEK, u: 'u' })];
  if (/\p{Script=Arabic}/u.test(folded)) return [replaceLetters(folded, ARABIC)];
  return [];
}

/**
 * The consonants of a Latin or transliterated word: what a spelling in a script that writes few vowels has in common with a
 * romanised name. `h`, doubled letters and vowel-like `w` and `y` go too.
 */
export function consonantKey(word: string): string {
  return fold(word)
    .replace(/[aeiouywh']/g, '')
    .replace(/(.)\1+/g, '$1');
}

function replaceLetters(word: string, letters: Readonly<Record<string, string>>): string {
  let latin = '';
  for (const letter of word) latin += letters[letter] ?? letter;
  return latin;
}

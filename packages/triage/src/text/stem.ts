/** Snowball stems by language, and what remains of Arabic and Hebrew words without their particles (ARCHITECTURE, Tokens). */
import { stemmer as arabic } from '@orama/stemmers/arabic';
import { stemmer as bulgarian } from '@orama/stemmers/bulgarian';
import { stemmer as danish } from '@orama/stemmers/danish';
import { stemmer as dutch } from '@orama/stemmers/dutch';
import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as finnish } from '@orama/stemmers/finnish';
import { stemmer as french } from '@orama/stemmers/french';
import { stemmer as german } from '@orama/stemmers/german';
import { stemmer as greek } from '@orama/stemmers/greek';
import { stemmer as hungarian } from '@orama/stemmers/hungarian';
import { stemmer as indonesian } from '@orama/stemmers/indonesian';
import { stemmer as italian } from '@orama/stemmers/italian';
import { stemmer as lithuanian } from '@orama/stemmers/lithuanian';
import { stemmer as norwegian } from '@orama/stemmers/norwegian';
import { stemmer as portuguese } from '@orama/stemmers/portuguese';
import { stemmer as romanian } from '@orama/stemmers/romanian';
import { stemmer as russian } from '@orama/stemmers/russian';
import { stemmer as serbian } from '@orama/stemmers/serbian';
import { stemmer as spanish } from '@orama/stemmers/spanish';
import { stemmer as swedish } from '@orama/stemmers/swedish';
import { stemmer as turkish } from '@orama/stemmers/turkish';
import { stemmer as ukrainian } from '@orama/stemmers/ukrainian';
import { fold } from './fold.ts';

const STEMMERS: Readonly<Record<string, (word: string) => string>> = {
  ...{ ar: arabic, bg: bulgarian, da: danish, de: german, el: greek, en: english, es: spanish, fi: finnish, fr: french },
  ...{ hr: serbian, hu: hungarian, id: indonesian, it: italian, lt: lithuanian, nl: dutch, no: norwegian, pt: portuguese },
  ...{ ro: romanian, ru: russian, sr: serbian, sv: swedish, tr: turkish, uk: ukrainian },
};
/** A longer "word" is noise, and no stemmer's business. */
const STEM_LETTERS_MAX = 40;

/** The folded stem; the folded word where the language has no stemmer. `word` is in lower case. */
export function stem(word: string, language: string): string {
  const stemmer = STEMMERS[language];
  return stemmer === undefined || word.length > STEM_LETTERS_MAX ? fold(word) : fold(stemmer(word));
}

/** A folded Arabic or Hebrew word without conjunction, preposition and article; only forms of at least three letters. */
export function withoutParticles(folded: string): readonly string[] {
  const pattern = /^[\u0600-\u06ff]/.test(folded)
    ? /^([وف])?([بلكس])?(ال|لل)?/
    : /^\p{Script=Hebrew}/u.test(folded)
      ? /^([וש])?([בלמכ])?(ה)?/
      : null;
  if (pattern === null) return [];
  const forms = new Set<string>();
  const [, ...particles] = pattern.exec(folded) ?? [];
  let rest = folded;
  for (const particle of particles) {
    if (particle === undefined) continue;
    rest = rest.slice(particle.length);
    if (rest.length >= 3) forms.add(rest);
  }
  return [...forms];
}

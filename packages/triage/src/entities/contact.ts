/** Telephone numbers (libphonenumber), e-mail addresses and vehicle plates. */
import { type CountryCode, findPhoneNumbersInText } from 'libphonenumber-js';
import { asciiDigits } from '../text/fold.ts';
import { type EntityContext, entityAt, spansOf } from './context.ts';
import type { Entity } from './entity.ts';

/** Whether the library is worth calling. */
const PHONE_LIKE = /\+\d|\d(?:[\s().-]?\d){6}/;
/** A number of the neighbourhood, which no numbering plan can confirm. */
const LOCAL_PHONE = /(?<![\d-])\d{3}-\d{4}(?![\d-])/g;
const EMAIL = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})*\.\p{L}{2,24}/gu;
const PLATE =
  /(?<![\p{L}\p{N}-])(?:[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}|[A-Z]{2}[- ]\d{3,4}[- ][A-Z]{2}|[A-Z]{2}\d{2} [A-Z]{3}|[A-Z]{3}[- ]\d{3}|\d{2} [A-Z]{1,3} \d{2,4}|[АВЕКМНОРСТУХ]\d{3}[АВЕКМНОРСТУХ]{2}\s?\d{2,3})(?![\p{L}\p{N}-])/gu;
const COUNTRY_OF: Readonly<Record<string, CountryCode>> = {
  ...{
    ar: 'AE',
    bg: 'BG',
    cs: 'CZ',
    da: 'DK',
    de: 'DE',
    el: 'GR',
    en: 'GB',
    es: 'ES',
    fa: 'IR',
    fi: 'FI',
    fr: 'FR',
    he: 'IL',
    hi: 'IN',
  },
  ...{
    hu: 'HU',
    id: 'ID',
    it: 'IT',
    ja: 'JP',
    ko: 'KR',
    lt: 'LT',
    nl: 'NL',
    no: 'NO',
    pl: 'PL',
    pt: 'PT',
    ro: 'RO',
    ru: 'RU',
    sq: 'AL',
  },
  ...{ sr: 'RS', sv: 'SE', th: 'TH', tr: 'TR', uk: 'UA', ur: 'PK', vi: 'VN', zh: 'CN' },
};

export function findContacts(context: EntityContext): readonly Entity[] {
  const { text } = context;
  const found: Entity[] = [];
  if (text.includes('@')) {
    for (const match of text.matchAll(EMAIL)) found.push(entityAt(text, 'email', match.index, match.index + match[0].length));
  }
  if (/\d/.test(text)) found.push(...phones(context), ...plates(context));
  return found;
}

function phones({ text, language }: EntityContext): readonly Entity[] {
  const ascii = asciiDigits(text);
  const found: Entity[] = [];
  if (PHONE_LIKE.test(ascii)) {
    const country = COUNTRY_OF[language.slice(0, 2)];
    for (const { startsAt, endsAt } of findPhoneNumbersInText(ascii, country === undefined ? {} : { defaultCountry: country })) {
      found.push(entityAt(text, 'phone', startsAt, endsAt));
    }
    for (const match of ascii.matchAll(LOCAL_PHONE))
      found.push(entityAt(text, 'phone', match.index, match.index + match[0].length));
  }
  return found;
}

/** A form of plate, or a code after a word such as "plate" or "Kennzeichen". */
function plates(context: EntityContext): readonly Entity[] {
  const { text, words } = context;
  const found = [...text.matchAll(PLATE)].map((match) =>
    entityAt(text, 'vehicle_plate', match.index, match.index + match[0].length),
  );
  for (const [, last] of spansOf(context, 'plateword')) {
    const from = words[last + 1]?.start ?? text.length;
    const [code] = /^[\p{Lu}\d]{1,4}(?:[ -]?[\p{Lu}\d]{1,4}){1,3}/u.exec(text.slice(from, from + 20)) ?? [];
    if (code !== undefined && /\d/.test(code)) found.push(entityAt(text, 'vehicle_plate', from, from + code.length));
  }
  return found;
}

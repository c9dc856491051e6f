/** One word, one meaning (rule 8), and no word that calls supervision by a name it would have to be ashamed of. */
import { isCode, type Source } from '../repo.ts';
import { matches, type Rule } from '../rule.ts';

/** In code, messages and interface texts; documents may discuss what is rejected here. */
const SHAMEFUL = /\b(back-?doors?|wire-?tap\w*|tapping|spy|spies|spying|ghosts?|god[ -]?mode|snoop\w*|eavesdrop\w*)\b/gi;

/**
 * Where authorisations of orders live, `auth` would be read as one of them. `authData` and `authn` are WebAuthn's own words; `AuthRule`
 * is PROTOCOL 4.1's name of the struct.
 */
const SHORTENED = /\b[A-Za-z_$]*(?:\bauth|Auth|_auth)(?!or|entic|n\b|n[A-Z]|Data|Rule)\w*/g;
const AMERICAN = /\bauthoriz\w+/gi;
const OF_ORDERS = /^(packages\/(custody|verify)|services\/(custodian|notices)|contracts)\//;

export const words: Rule = {
  name: 'words',
  *check(repo) {
    for (const source of repo.sources) {
      if (!isSpoken(source)) continue;
      yield* matches(source, source.text, SHAMEFUL, 'this word is not used here: name the thing by what it does under an order');
      if (!OF_ORDERS.test(source.path)) continue;
      yield* matches(source, source.code, SHORTENED, 'authorisation is never shortened: auth is login');
      yield* matches(source, source.text, AMERICAN, 'authorisation is spelt with s');
    }
  },
};

/** Not the list of words itself. */
function isSpoken(source: Source): boolean {
  return (isCode(source) || /\.(proto|sql|css|html|po)$/.test(source.path)) && source.path !== 'tools/tidy/src/rules/words.ts';
}

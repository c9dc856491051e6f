/** The lexicons that come with the software, by the path under which a pack names them. `any` is read in every language. */
import gazetteer from '../gazetteer.json' with { type: 'json' };
import any from './any.json' with { type: 'json' };
import de from './de.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import es from './es.json' with { type: 'json' };
import it from './it.json' with { type: 'json' };
import nl from './nl.json' with { type: 'json' };
import pt from './pt.json' with { type: 'json' };
import ru from './ru.json' with { type: 'json' };
import sr from './sr.json' with { type: 'json' };
import sv from './sv.json' with { type: 'json' };

const BY_LANGUAGE = { any: { ...any, ...gazetteer }, de, en, es, it, nl, pt, ru, sr, sv };

export const LEXICONS: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(BY_LANGUAGE).map(([language, lexicon]) => [`lexicon/${language}.json`, lexicon]),
);

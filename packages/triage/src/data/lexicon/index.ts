/** The lexicons that come with the software, by the path under which a pack names them. `any` is read in every language. */
import gazetteer from '../gazetteer.json' with { type: 'json' };
import any from './any.json' with { type: 'json' };
import ar from './ar.json' with { type: 'json' };
import cs from './cs.json' with { type: 'json' };
import da from './da.json' with { type: 'json' };
import de from './de.json' with { type: 'json' };
import el from './el.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import es from './es.json' with { type: 'json' };
import fa from './fa.json' with { type: 'json' };
import fi from './fi.json' with { type: 'json' };
import fr from './fr.json' with { type: 'json' };
import id from './id.json' with { type: 'json' };
import it from './it.json' with { type: 'json' };
import ja from './ja.json' with { type: 'json' };
import lt from './lt.json' with { type: 'json' };
import nl from './nl.json' with { type: 'json' };
import no from './no.json' with { type: 'json' };
import pl from './pl.json' with { type: 'json' };
import pt from './pt.json' with { type: 'json' };
import ro from './ro.json' with { type: 'json' };
import ru from './ru.json' with { type: 'json' };
import sq from './sq.json' with { type: 'json' };
import sr from './sr.json' with { type: 'json' };
import sv from './sv.json' with { type: 'json' };
import th from './th.json' with { type: 'json' };
import tr from './tr.json' with { type: 'json' };
import uk from './uk.json' with { type: 'json' };
import vi from './vi.json' with { type: 'json' };
import zh from './zh.json' with { type: 'json' };

const BY_LANGUAGE = {
  any: { ...any, ...gazetteer },
  ar,
  cs,
  da,
  de,
  el,
  en,
  es,
  fa,
  fi,
  fr,
  id,
  it,
  ja,
  lt,
  nl,
  no,
  pl,
  pt,
  ro,
  ru,
  sq,
  sr,
  sv,
  th,
  tr,
  uk,
  vi,
  zh,
};

export const LEXICONS: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(BY_LANGUAGE).map(([language, lexicon]) => [`lexicon/${language}.json`, lexicon]),
);

/** The rule pack that comes with the software, from its data files; agencies lay their own files over it. */
import { LEXICONS } from '../data/lexicon/index.ts';
import head from '../data/pack.json' with { type: 'json' };
import corruption from '../data/rules/corruption.json' with { type: 'json' };
import cybercrime from '../data/rules/cybercrime.json' with { type: 'json' };
import firearms from '../data/rules/firearms.json' with { type: 'json' };
import moneyLaundering from '../data/rules/money_laundering.json' with { type: 'json' };
import narcotics from '../data/rules/narcotics.json' with { type: 'json' };
import peopleSmuggling from '../data/rules/people_smuggling.json' with { type: 'json' };
import threatToLife from '../data/rules/threat_to_life.json' with { type: 'json' };
import type { PackFiles } from './parse-pack.ts';

/** To be read by parseRulePack, as they are or with files of the same names replaced and others added. */
export const BUILT_IN_PACK: PackFiles = {
  'pack.json': head,
  'rules/threat_to_life.json': threatToLife,
  'rules/narcotics.json': narcotics,
  'rules/firearms.json': firearms,
  'rules/money_laundering.json': moneyLaundering,
  'rules/corruption.json': corruption,
  'rules/cybercrime.json': cybercrime,
  'rules/people_smuggling.json': peopleSmuggling,
  ...LEXICONS,
};

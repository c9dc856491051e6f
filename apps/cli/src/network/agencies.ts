/** The agencies of a new network: sixteen countries unless a file says otherwise (docs/network.md, Genesis). */
import { readFile } from 'node:fs/promises';
import { UsageError } from '../failure.ts';
import { GATEWAYS_MAX } from './ports.ts';

/** The gateway that hosts the officers of several agencies. */
const JOINT = 'joint';
const AGENCIES_MAX = 255;
const NAME_BYTES_MAX = 255;

export interface Agency {
  /** Short name, by which orders and officers name it: `AU`, `au-officer`. */
  readonly code: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly territory: string;
  /** `joint`, or a name of its own: agencies of one gateway are hosted together. */
  readonly gateway: string;
}

/** Fifteen countries read in a joint centre, one through a gateway of its own. */
const COUNTRIES: readonly (readonly [code: string, name: string])[] = [
  ['AU', 'Australia'],
  ['NZ', 'New Zealand'],
  ['US', 'United States'],
  ['CA', 'Canada'],
  ['GB', 'United Kingdom'],
  ['NL', 'Netherlands'],
  ['SE', 'Sweden'],
  ['DE', 'Germany'],
  ['NO', 'Norway'],
  ['DK', 'Denmark'],
  ['FI', 'Finland'],
  ['EE', 'Estonia'],
  ['LV', 'Latvia'],
  ['LT', 'Lithuania'],
  ['AT', 'Austria'],
  ['HU', 'Hungary'],
];
const OWN_GATEWAY = 'NL';

export const DEFAULT_AGENCIES: readonly Agency[] = COUNTRIES.map(([code, name]) => ({
  code,
  name,
  territory: code,
  gateway: code === OWN_GATEWAY ? code.toLowerCase() : JOINT,
}));

/**
 * Agencies from a JSON file: a list of `{"code","name","territory","gateway"}`. `code` is two to eight capital letters or digits;
 * `territory` defaults to the code, `name` to the code, `gateway` to `joint`. Any other form is a UsageError.
 */
export async function readAgencies(path: string): Promise<readonly Agency[]> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${path} is not a readable JSON file`, { cause });
  }
  return parseAgencies(json);
}

export function parseAgencies(json: unknown): readonly Agency[] {
  if (!Array.isArray(json) || json.length === 0 || json.length > AGENCIES_MAX)
    throw new UsageError(`the agencies file holds a list of 1 to ${AGENCIES_MAX} agencies`);
  const agencies = json.map(parseAgency);
  if (new Set(agencies.map(({ code }) => code)).size !== agencies.length) throw new UsageError('two agencies have the same code');
  if (new Set(agencies.map(({ gateway }) => gateway)).size > GATEWAYS_MAX)
    throw new UsageError(`there are at most ${GATEWAYS_MAX} gateways on one machine`);
  return agencies;
}

function parseAgency(json: unknown, position: number): Agency {
  const { code, name = code, territory = code, gateway = JOINT } = (json ?? {}) as Record<string, unknown>;
  const place = `agency ${position + 1}`;
  if (typeof code !== 'string' || !/^[A-Z][A-Z0-9]{1,7}$/.test(code))
    throw new UsageError(`${place}: "code" is two to eight capital letters or digits`);
  if (typeof territory !== 'string' || !/^[A-Z]{2}$/.test(territory))
    throw new UsageError(`${place}: "territory" is a country code of two capital letters`);
  if (typeof name !== 'string' || name === '' || Buffer.byteLength(name) > NAME_BYTES_MAX)
    throw new UsageError(`${place}: "name" is a text of at most ${NAME_BYTES_MAX} bytes`);
  if (typeof gateway !== 'string' || !/^[a-z][a-z0-9]{0,15}$/.test(gateway))
    throw new UsageError(`${place}: "gateway" is a short name in small letters`);
  return { code, name, territory, gateway };
}

export function officerName({ code }: Pick<Agency, 'code'>): string {
  return `${code.toLowerCase()}-officer`;
}

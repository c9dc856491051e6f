/** Subjects and readers of an order as they are written on the command line. */
import { compare, encode, fromHex } from '@countersign/bytes';
import { type AccountId, type ReadingGrant, type Subject, SubjectType, subjectCodec } from '@countersign/custody';
import { UsageError } from '../failure.ts';
import { agencyIdOf, readerKeyOf } from '../network/configs.ts';
import type { NetworkKeys } from '../network/keys.ts';
import { PURPOSES } from '../network/profile.ts';

/** The account of a handle; throws for one that nobody has. */
export type FindAccount = (handle: string) => Promise<AccountId>;

const HEX_ID = /^[0-9a-f]{32}$/;
const GROUP_ID = /^(?:[0-9a-f]{2}){1,64}$/;
const HANDLE = /^@[^\s@,]{1,64}$/;

/** `device:ID`, `account:@H`, `group:ID`, `participant:@H` or `network`, separated by commas; sorted as the order wants them. */
export async function parseSubjects(text: string, findAccount: FindAccount): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const word of text.split(',')) subjects.push(await parseSubject(word.trim(), findAccount));
  return sortedUnique(subjects, (subject) => encode(subjectCodec, subject));
}

async function parseSubject(word: string, findAccount: FindAccount): Promise<Subject> {
  const [kind = '', name = ''] = word.split(/:(.*)/s);
  if (word === 'network') return { type: SubjectType.network };
  if (kind === 'device' && HEX_ID.test(name)) return { type: SubjectType.device, deviceId: fromHex(name) };
  if (kind === 'group' && GROUP_ID.test(name)) return { type: SubjectType.group, groupId: fromHex(name) };
  if (kind === 'account') return { type: SubjectType.account, accountId: await accountOf(word, name, findAccount) };
  if (kind === 'participant')
    return { type: SubjectType.participantOfGroups, accountId: await accountOf(word, name, findAccount) };
  throw new UsageError(`${word}: a subject is device:ID, account:@HANDLE, group:ID, participant:@HANDLE or network`);
}

/** An id in hex or a handle. */
async function accountOf(word: string, name: string, findAccount: FindAccount): Promise<AccountId> {
  if (HEX_ID.test(name)) return fromHex(name);
  if (HANDLE.test(name)) return findAccount(name);
  throw new UsageError(`${word}: an account is @HANDLE or an id of 32 hex digits`);
}

/** `AU:threat_to_life+narcotics,US:threat_to_life`; `exclusions` are territories by agency code. */
export function parseReaders(
  text: string,
  keys: NetworkKeys,
  exclusions: ReadonlyMap<string, readonly string[]> = new Map(),
): ReadingGrant[] {
  const words = text.split(',').map((word) => word.trim());
  const codes = words.map((word) => word.split(':')[0] ?? '');
  if (new Set(codes).size !== codes.length) throw new UsageError('an agency is named twice');
  for (const code of exclusions.keys())
    if (!codes.includes(code)) throw new UsageError(`${code} has an excluded territory but is no reader of this order`);
  const readers = words.map((word) => parseReader(word, keys, exclusions));
  return readers.sort((a, b) => compare(a.agencyId, b.agencyId));
}

function parseReader(word: string, keys: NetworkKeys, exclusions: ReadonlyMap<string, readonly string[]>): ReadingGrant {
  const [code = '', purposes] = word.split(':');
  const agencyId = agencyIdOf(keys, code);
  if (agencyId === null)
    throw new UsageError(`${word}: no agency ${code}; there are ${keys.agencies.map((agency) => agency.code).join(', ')}`);
  if (purposes === undefined || purposes === '') throw new UsageError(`${word}: write AGENCY:PURPOSE+PURPOSE`);
  const numbers = purposes.split('+').map((name) => {
    const purpose = PURPOSES[name];
    if (purpose === undefined) throw new UsageError(`${name}: no such purpose; there are ${Object.keys(PURPOSES).join(', ')}`);
    return purpose;
  });
  return {
    agencyId,
    readerHpkeKey: readerKeyOf(keys, keys.agencies.find((agency) => agency.code === code)?.id ?? ''),
    purposes: [...new Set(numbers)].sort((a, b) => a - b),
    excludedTerritories: parseTerritories(exclusions.get(code) ?? []),
  };
}

/** Sorted, each once. */
export function parseTerritories(codes: readonly string[]): string[] {
  for (const code of codes)
    if (!/^[A-Z]{2}$/.test(code)) throw new UsageError(`${code}: a territory is a country code of two capital letters`);
  return [...new Set(codes)].sort();
}

/** `AGENCY:TERRITORY+TERRITORY`, as often as given. */
export function parseExclusions(words: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const exclusions = new Map<string, string[]>();
  for (const word of words) {
    const [code = '', territories] = word.split(':');
    if (territories === undefined) throw new UsageError(`${word}: write AGENCY:TERRITORY+TERRITORY`);
    exclusions.set(code, [...(exclusions.get(code) ?? []), ...territories.split('+')]);
  }
  return exclusions;
}

export function sortedUnique<T>(values: readonly T[], encoded: (value: T) => Uint8Array): T[] {
  const sorted = [...values].sort((a, b) => compare(encoded(a), encoded(b)));
  return sorted.filter((value, i) => i === 0 || compare(encoded(sorted[i - 1] as T), encoded(value)) !== 0);
}

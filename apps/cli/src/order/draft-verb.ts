/** The work of `order draft`: names are looked up, the order is made, its file is written. */
import { fromHex, toHex } from '@countersign/bytes';
import { type Cli, nowOf } from '../cli.ts';
import { UsageError } from '../failure.ts';
import { dataDir } from '../network/data-dir.ts';
import { type NetworkKeys, readKeys } from '../network/keys.ts';
import { LIMITS } from '../network/profile.ts';
import { readInput } from '../options.ts';
import type { DraftOptions } from '../verbs/order.ts';
import { accountFinder } from './accounts.ts';
import { createOrder } from './draft.ts';
import { orderPath, writeOrderFile } from './file.ts';
import { type NamedRequirement, nameRequirements } from './roles.ts';
import { type FindAccount, parseExclusions, parseReaders, parseSubjects, parseTerritories, sortedUnique } from './subjects.ts';

export interface Drafted {
  readonly orderId: string;
  readonly file: string;
  readonly required: readonly NamedRequirement[];
}

export async function draftOrder(cli: Cli, options: DraftOptions): Promise<Drafted> {
  const dir = dataDir(options.data);
  const keys = await readKeys(dir);
  const findAccount = accountFinder(dir, keys);
  const order = createOrder(
    {
      kind: options.kind,
      mode: options.mode,
      subjects: await parseSubjects(options.subjects, findAccount),
      readers: readersOf(options, keys),
      excludedTerritories: parseTerritories(options.excludeTerritory),
      excludedAccounts: await accountsOf(options.excludeAccount, findAccount),
      dayFrom: options.from,
      dayTo: options.to,
      expiresDay: options.expires ?? null,
      notifyDay: options.notifyBy ?? null,
      maxGrants: options.maxGrants,
      legalReference: options.reference ?? null,
      legalDocument: options.legalBasis === undefined ? null : await readInput(options.legalBasis),
    },
    { networkId: fromHex(keys.networkId), limits: LIMITS, now: nowOf(cli), random: cli.random },
  );
  const file = orderPath(dir, order.orderId);
  await writeOrderFile({ path: file, order, authorisations: [], logged: null });
  return { orderId: toHex(order.orderId), file, required: nameRequirements(order.required) };
}

function readersOf({ kind, agencies, excludeTerritoryFor }: DraftOptions, keys: NetworkKeys) {
  if (kind === 'preservation') {
    if (agencies !== undefined) throw new UsageError('a preservation order has no readers: leave --agencies out');
    return [];
  }
  if (agencies === undefined) throw new UsageError('--agencies says who may read, and for what');
  return parseReaders(agencies, keys, parseExclusions(excludeTerritoryFor));
}

async function accountsOf(handles: readonly string[], findAccount: FindAccount) {
  const accounts = await Promise.all(handles.map(findAccount));
  return sortedUnique(accounts, (account) => account);
}

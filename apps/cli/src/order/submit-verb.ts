/** The work of `order submit`: the order goes into the log, its openings to those who must be able to open it, and the rest to the readers' gateways. */
import { encode, equal, fromHex, toHex } from '@countersign/bytes';
import {
  type Authorisation,
  authorisationCodec,
  countAuthorisations,
  deriveSummary,
  EntryType,
  type Order,
  objectHash,
  orderCodec,
  orderHash,
  orderSummaryCodec,
} from '@countersign/custody';
import { type AppendedEntry, LogWriter, postOpenings } from '@countersign/service';
import { type Cli, nowOf } from '../cli.ts';
import { CliError, Exit } from '../failure.ts';
import { dataDir, readJson } from '../network/data-dir.ts';
import { findOfficer, type NetworkKeys, type Officer, readKeys } from '../network/keys.ts';
import { parseKnownNetwork, withLogCopy } from '../network/log-copy.ts';
import { readUrls } from '../network/operator.ts';
import { missingApprovals } from './authorise-verb.ts';
import { type LoggedOrder, type OrderFile, readOrderFile, writeOrderFile } from './file.ts';
import { handToGateways } from './gateways.ts';
import { nameRequirements } from './roles.ts';

const POST_MAX_MS = 30_000;

export interface Submitted {
  readonly orderId: string;
  readonly logIndex: number;
  /** Names of the gateways that took it. */
  readonly gateways: readonly string[];
}

/** Repeatable: what is logged already is only handed on again. */
export async function submitOrder(cli: Cli, data: string, named: string, as: string | null): Promise<Submitted> {
  const dir = dataDir(data);
  const keys = await readKeys(dir);
  const file = await readOrderFile(dir, named);
  requireApprovals(file);
  const urls = await readUrls(dir, keys);
  const { recipients } = await withLogCopy(cli, parseKnownNetwork(await readJson(dir.network)), async ({ directory }) => {
    countAuthorisations(file.order, orderHash(file.order), [...file.authorisations], directory.officers);
    return { recipients: directory.openingRecipients() };
  });
  const logged = file.logged ?? (await logOrder(cli, urls.logPrivate, file, submitterOf(keys, file.order, as), keys));
  if (file.logged === null) await writeOrderFile({ ...file, logged });
  const entries = [logged.order, logged.summary, ...logged.authorisations];
  await postOpenings(urls.logPrivate, entries, recipients, cli.random, AbortSignal.timeout(POST_MAX_MS));
  const gateways = await handToGateways(dir, keys, file.order, entries);
  return { orderId: toHex(file.order.orderId), logIndex: Number(logged.order.index), gateways };
}

function requireApprovals({ order, authorisations }: OrderFile): void {
  const missing = missingApprovals(order, authorisations);
  if (missing.length === 0) return;
  const words = nameRequirements(missing).map(({ name, m }) => `${m} x ${name}`);
  throw new CliError('order.not_authorised', `the order still needs the approval of ${words.join(', ')}`, Exit.waiting);
}

/** The named officer, or the one of the first agency that may read. */
function submitterOf(keys: NetworkKeys, { readers }: Order, as: string | null): Officer {
  if (as !== null) return findOfficer(keys, as);
  const agencies = new Set(readers.map(({ agencyId }) => toHex(agencyId)));
  return keys.officers.find(({ organisation }) => agencies.has(organisation)) ?? findOfficer(keys, 'officer');
}

/** The order, its summary beside it, then each decision under its own officer's key (PROTOCOL 11.2). */
async function logOrder(
  cli: Cli,
  logUrl: string,
  { order, authorisations }: OrderFile,
  submitter: Officer,
  keys: NetworkKeys,
): Promise<LoggedOrder> {
  const writerOf = ({ seed }: Officer) =>
    new LogWriter({ url: logUrl, seed: fromHex(seed), now: () => nowOf(cli), random: cli.random });
  const head = { handle: order.orderId, noticeBy: order.notifyBy };
  const [first, summary] = await writerOf(submitter).append([
    { ...head, type: EntryType.order, body: encode(orderCodec, order) },
    { ...head, type: EntryType.statement, body: objectHash(orderSummaryCodec, deriveSummary(order)) },
  ]);
  const logged: AppendedEntry[] = [];
  for (const [signer, decisions] of bySigner(authorisations, keys)) {
    const items = decisions.map((item) => ({
      ...head,
      type: EntryType.authorisation,
      body: encode(authorisationCodec, item),
    }));
    logged.push(...(await writerOf(signer).append(items)));
  }
  return { order: first as AppendedEntry, summary: summary as AppendedEntry, authorisations: logged };
}

function bySigner(authorisations: readonly Authorisation[], keys: NetworkKeys): Map<Officer, Authorisation[]> {
  const lists = new Map<Officer, Authorisation[]>();
  for (const item of authorisations) {
    const signer = keys.officers.find(({ id }) => equal(fromHex(id), item.officerId));
    if (signer === undefined) throw new CliError('authorisation.officer_unknown', 'a decision is of an officer not known here');
    lists.set(signer, [...(lists.get(signer) ?? []), item]);
  }
  return lists;
}

/** The release: t custodians give their shares, fewer or wrong ones do not do, and the reader reads what was typed (PROTOCOL 8, 12). */
import { concat } from '@countersign/bytes';
import type { Custodian } from './custodians.ts';
import { type Docket, everyCustodianRefuses } from './gate.ts';
import { present } from './orders.ts';
import { shorten } from './print.ts';
import { isSameTexts, Reader } from './reader.ts';
import type { LoggedGrant } from './relay.ts';
import { THRESHOLD } from './world.ts';

/** Grants that one request asks for. */
const GRANTS_PER_REQUEST_MAX = 256;
const SAMPLES_SHOWN = 3;

/** What the reader read, by grant. */
export interface ReadScope {
  readonly grant: LoggedGrant;
  readonly texts: readonly string[];
  /** Custodians whose shares gave K. */
  readonly used: readonly number[];
}

/** Asks three of the five for every covered scope, and reads them all; `typedIn` has what was typed in a scope. */
export async function readCovered(docket: Docket, typedIn: (grant: LoggedGrant) => readonly string[]): Promise<ReadScope[]> {
  const { world, founded, relay, file, covered, checks, print } = docket;
  const reader = await Reader.open(world.gateway, founded.key.custodyKey, world, founded.log);
  const quorum = [1, 3, 5].map((index) => founded.custodians[index - 1] as Custodian);
  const read: ReadScope[] = [];
  for (let from = 0; from < covered.length; from += GRANTS_PER_REQUEST_MAX) {
    const asked = covered.slice(from, from + GRANTS_PER_REQUEST_MAX);
    const answers = await releaseBy(quorum, asked, docket);
    await reader.verifyOrder(file);
    for (const [i, grant] of asked.entries()) {
      const releases = answers.map((answer) => answer[i] as Uint8Array);
      const combined = reader.combineAround(releases, file, grant);
      const texts = await reader.read(file, grant, combined, relay.batches);
      read.push({ grant, texts, used: combined.used });
    }
  }
  const isSame = read.every(({ grant, texts }) => isSameTexts(texts, typedIn(grant)));
  const count = read.reduce((sum, { texts }) => sum + texts.length, 0);
  print.check(checks.holds('reader', `${count} texts of ${read.length} scopes are those that were typed`, isSame && count > 0));
  for (const { texts, used } of read.slice(0, SAMPLES_SHOWN)) {
    print.line(`  custodians ${used.join(', ')}: ${shorten(texts[0] ?? '')}`);
  }
  return read;
}

/** Two shares, a wrong share, and another agency's key. */
export async function refuseWrongShares(docket: Docket): Promise<void> {
  const { world, founded, file, covered, checks, print } = docket;
  const [grant] = covered as [LoggedGrant];
  const [one, two, three, four] = founded.custodians as [Custodian, Custodian, Custodian, Custodian];
  const liar = await two.withShare(concat(new Uint8Array(1), world.random(31)));
  const answers = await releaseBy([one, liar, three, four], [grant], docket);
  const [first, wrong, third, fourth] = answers.map(([release]) => release as Uint8Array) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const reader = await Reader.open(world.gateway, founded.key.custodyKey, world, founded.log);
  const few = () => reader.combine([first, third], file, grant);
  print.check(await checks.refused('reader', `${THRESHOLD - 1} custodians of ${THRESHOLD}`, 'combine.wrong_count', few));
  const withWrong = () => reader.combineAround([first, wrong, third], file, grant);
  print.check(await checks.refused('reader', 'a wrong share among three', 'release.dleq_invalid', withWrong));
  const around = reader.combineAround([first, wrong, third, fourth], file, grant);
  const isRoutedAround = around.faulty.join() === `${two.index}` && around.used.join() === '1,3,4';
  const what = `the same with a fourth: custodian ${around.faulty.join()} named, read with ${around.used.join(', ')}`;
  print.check(checks.holds('reader', what, isRoutedAround));
  const other = await Reader.open(world.otherGateway, founded.key.custodyKey, world, founded.log);
  const byOther = () => other.openShare(first, file, grant);
  print.check(await checks.refused("another agency's gateway", 'a share sealed to this one', 'release.seal_invalid', byOther));
}

/** One request, answered by each; a second one under its id is refused, and the order's end ends everything. */
export async function refuseAfterwards(docket: Docket): Promise<void> {
  const { world, founded, relay, file, covered, checks, print } = docket;
  const { log, custodians } = founded;
  const [first, second] = covered as [LoggedGrant, LoggedGrant];
  const requestId = world.random(16);
  const answered = await file.request([first.grantId], requestId);
  for (const custodian of custodians) await custodian.release(present(answered, [first], relay, log.checkpoint()), log);
  const again = await file.request([second.grantId], requestId);
  const replayed = present(again, [second], relay, log.checkpoint());
  await everyCustodianRefuses(docket, 'another request under the id of an answered one', 'request.replayed', replayed);
  await file.revoke(world.oversight, 3);
  const late = await file.request([first.grantId]);
  const afterRevocation = present(late, [first], relay, log.checkpoint());
  await everyCustodianRefuses(docket, `revoked by ${world.oversight.name}`, 'order.revoked', afterRevocation);
  const reader = await Reader.open(world.gateway, founded.key.custodyKey, world, log);
  print.check(
    await checks.refused('reader', 'the same order, before its next batch', 'order.revoked', () => reader.verifyOrder(file)),
  );
}

/** The answers of these custodians to one request for the grants. */
async function releaseBy(custodians: readonly Custodian[], grants: readonly LoggedGrant[], docket: Docket) {
  const { founded, relay, file } = docket;
  const request = await file.request(grants.map(({ grantId }) => grantId));
  const presented = present(request, grants, relay, founded.log.checkpoint());
  const answers: (readonly Uint8Array[])[] = [];
  for (const custodian of custodians) answers.push(await custodian.release(presented, founded.log));
  return answers;
}

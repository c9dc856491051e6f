/** What custodians refuse: an order that is not logged, approved or due, a scope that it does not cover, a grant that is none (PROTOCOL 11.3). */
import type { ReleasePackage } from '@countersign/custody';
import type { Checks } from './checks.ts';
import type { Founded } from './genesis.ts';
import { draftOrder, OrderFile, present } from './orders.ts';
import type { Printer } from './print.ts';
import type { Rescoped } from './refusals.ts';
import type { LoggedGrant, Relay } from './relay.ts';
import type { World } from './world.ts';

/** Everything that the order's part of the story is about. */
export interface Docket {
  readonly world: World;
  readonly founded: Founded;
  readonly relay: Relay;
  readonly file: OrderFile;
  /** Of the conversations that the order names, and of the others. */
  readonly covered: readonly LoggedGrant[];
  readonly uncovered: readonly LoggedGrant[];
  readonly rescoped: Rescoped;
  readonly checks: Checks;
  readonly print: Printer;
}

/** Every custodian refuses with the code, each by its own copy of the log. */
export async function everyCustodianRefuses(
  docket: Docket,
  what: string,
  code: string,
  presented: ReleasePackage,
): Promise<void> {
  const { custodians, log } = docket.founded;
  const acts = custodians.map((custodian) => () => custodian.judge(presented, log));
  docket.print.check(await docket.checks.refusedByAll(`all ${custodians.length} custodians`, what, code, acts));
}

/** While the order is being made: each step is needed. */
export async function refuseUnfinished(docket: Docket): Promise<void> {
  const { world, founded, relay, file, covered } = docket;
  const { log } = founded;
  const [first] = covered as [LoggedGrant];
  const [judge, second] = world.judges;
  const kept = new OrderFile(draftOrder(world, [first.scope.groupId], 1), world, log);
  docket.print.check(
    await docket.checks.refused('the log', 'a request under an order that was kept from it', 'log.handle_invalid', () =>
      kept.request([first.grantId]),
    ),
  );
  const unlogged = await kept.requestUnjudged([first.grantId]);
  await everyCustodianRefuses(
    docket,
    'the same, by a log in league that takes it',
    'log.handle_invalid',
    present(unlogged, [first], relay, log.checkpoint()),
  );
  await file.issue(judge);
  await file.approve(judge);
  const early = await file.request([first.grantId]);
  const approvedByOne = present(early, [first], relay, log.checkpoint());
  await everyCustodianRefuses(docket, 'approved by one judge of two', 'order.not_authorised', approvedByOne);
  const before = log.checkpoint();
  await file.approve(second);
  const request = await file.request([first.grantId]);
  const notUnder = present(request, [first], relay, before);
  await everyCustodianRefuses(docket, 'request later than the checkpoint', 'log.not_included', notUnder);
  const byOne = present(request, [first], relay, log.checkpoint(log.witnesses.slice(0, 1)));
  await everyCustodianRefuses(docket, 'checkpoint that one witness of three cosigned', 'log.not_witnessed', byOne);
  const today = present(request, [first], relay, log.checkpoint());
  await everyCustodianRefuses(docket, 'the day is not over', 'order.day_not_over', today);
}

/** With the order in force: it gives what it names and nothing else. */
export async function refuseBeyond(docket: Docket): Promise<void> {
  const { founded, relay, file, covered, uncovered, rescoped } = docket;
  const { log } = founded;
  const [first, other] = [covered[0], uncovered[0]] as [LoggedGrant, LoggedGrant];
  const beyond = await file.request([other.grantId]);
  const beyondScope = present(beyond, [other], relay, log.checkpoint());
  await everyCustodianRefuses(docket, 'a conversation that the order does not name', 'order.scope_not_covered', beyondScope);
  const stolen = await file.request([rescoped.grantId]);
  const reScoped = present(stolen, [rescoped], relay, log.checkpoint());
  await everyCustodianRefuses(docket, "that conversation's key, put under a covered scope", 'grant.proof_invalid', reScoped);
  const excess = await file.request([first.grantId, other.grantId]);
  const mixed = present(excess, [first, other], relay, log.checkpoint());
  await everyCustodianRefuses(docket, 'one grant too many in a good request', 'order.scope_not_covered', mixed);
}

/** The work of `order authorise`: officers of this data directory sign their decisions into the order's file. */
import { equal, fromHex, toHex } from '@countersign/bytes';
import { type Authorisation, createAuthorisation, Decision, type Order, orderHash } from '@countersign/custody';
import { type Cli, nowOf } from '../cli.ts';
import { CliError, Exit } from '../failure.ts';
import { dataDir } from '../network/data-dir.ts';
import { findOfficer, type NetworkKeys, type Officer, readKeys } from '../network/keys.ts';
import { type OrderFile, readOrderFile, writeOrderFile } from './file.ts';
import { type NamedRequirement, nameRequirements } from './roles.ts';

export interface Authorised {
  readonly orderId: string;
  readonly decisions: readonly { readonly officer: string; readonly role: number; readonly decision: string }[];
  readonly missing: readonly NamedRequirement[];
}

export async function authoriseOrder(
  cli: Cli,
  data: string,
  named: string,
  names: readonly string[],
  decision: 'approve' | 'refuse',
): Promise<Authorised> {
  const dir = dataDir(data);
  const keys = await readKeys(dir);
  const file = await readOrderFile(dir, named);
  if (file.logged !== null) throw new CliError('order.logged', 'the order is in the log already', Exit.refused);
  const officers = names.length > 0 ? names.map((name) => findOfficer(keys, name)) : officersNeeded(file, keys);
  const authorisations = officers.reduce(
    (before, officer) => withDecision(before, file.order, officer, decision, nowOf(cli)),
    file.authorisations,
  );
  await writeOrderFile({ ...file, authorisations });
  return {
    orderId: toHex(file.order.orderId),
    decisions: authorisations.map((item) => ({
      officer: keys.officers.find(({ id }) => id === toHex(item.officerId))?.name ?? toHex(item.officerId),
      role: item.role,
      decision: item.decision === Decision.approve ? 'approve' : 'refuse',
    })),
    missing: nameRequirements(missingApprovals(file.order, authorisations)),
  };
}

/** An officer decides once; a decision of the same officer before is replaced, since nothing of it was logged yet. */
function withDecision(
  before: readonly Authorisation[],
  order: Order,
  officer: Officer,
  decision: 'approve' | 'refuse',
  time: number,
): Authorisation[] {
  const role = order.required.find((item) => officer.roles.includes(item.role))?.role;
  if (role === undefined)
    throw new CliError('authorisation.role_not_held', `${officer.name} holds no role that this order needs`, Exit.refused);
  const officerId = fromHex(officer.id);
  const decided = {
    orderHash: orderHash(order),
    officerId,
    role,
    decision: Decision[decision],
    time: BigInt(time),
  };
  return [...before.filter((item) => !equal(item.officerId, officerId)), createAuthorisation(decided, fromHex(officer.seed))];
}

/** How many approvals each role still lacks. */
export function missingApprovals(order: Order, authorisations: readonly Authorisation[]) {
  const approvals = authorisations.filter(({ decision }) => decision === Decision.approve);
  return order.required
    .map(({ role, m }) => ({ role, m: m - approvals.filter((item) => item.role === role).length }))
    .filter(({ m }) => m > 0);
}

/** Of the officers whose keys are here, those who can give what is missing. */
function officersNeeded({ order, authorisations }: OrderFile, keys: NetworkKeys): Officer[] {
  const decided = new Set(authorisations.map(({ officerId }) => toHex(officerId)));
  return missingApprovals(order, authorisations).flatMap(({ role, m }) =>
    keys.officers.filter(({ id, roles }) => roles.includes(role) && !decided.has(id)).slice(0, m),
  );
}

/** The work of `order show` and `order list`: what the order says, and how far it has come. */
import { toHex } from '@countersign/bytes';
import { type Order, OrderKind, OrderMode, orderHash, type Subject, SubjectType } from '@countersign/custody';
import { type Cli, nowOf } from '../cli.ts';
import { readDecisions } from '../custodian/status.ts';
import { type DataDir, dataDir } from '../network/data-dir.ts';
import { type NetworkKeys, readKeys } from '../network/keys.ts';
import { PURPOSES } from '../network/profile.ts';
import { formatDay } from '../options.ts';
import { missingApprovals } from './authorise-verb.ts';
import { listOrderFiles, type OrderFile, readOrderFile } from './file.ts';
import { nameRequirements } from './roles.ts';

export type OrderState = 'draft' | 'authorised' | 'submitted' | 'expired';

export async function listOrders(cli: Cli, data: string) {
  const dir = dataDir(data);
  const keys = await readKeys(dir);
  return (await listOrderFiles(dir)).map((file) => describeOrder(file, keys, nowOf(cli)));
}

export async function showOrder(cli: Cli, data: string, named: string) {
  const dir = dataDir(data);
  const keys = await readKeys(dir);
  const file = await readOrderFile(dir, named);
  return {
    ...describeOrder(file, keys, nowOf(cli)),
    file: file.path,
    order_hash: toHex(orderHash(file.order)),
    approvals: file.authorisations.map((item) => ({
      officer: keys.officers.find(({ id }) => id === toHex(item.officerId))?.name ?? toHex(item.officerId),
      decision: item.decision === 1 ? 'approve' : 'refuse',
    })),
    missing: nameRequirements(missingApprovals(file.order, file.authorisations)),
    log_index: file.logged === null ? null : Number(file.logged.order.index),
    custodians: file.logged === null ? [] : await decisionsOf(cli, dir, keys, file.order),
  };
}

/** Nothing where a custodian cannot be reached: an order can be looked at while the network does not run. */
async function decisionsOf(cli: Cli, dir: DataDir, keys: NetworkKeys, order: Order) {
  return readDecisions(cli, dir, keys, toHex(order.orderId));
}

function describeOrder({ order, authorisations, logged }: OrderFile, keys: NetworkKeys, now: number) {
  return {
    order_id: toHex(order.orderId),
    state: stateOf(order, logged !== null, missingApprovals(order, authorisations).length === 0, now),
    kind: nameOf(OrderKind, order.kind),
    mode: nameOf(OrderMode, order.mode),
    reference: Buffer.from(order.legalReference).toString('latin1'),
    subjects: order.subjects.map(describeSubject),
    agencies: order.readers.map(({ agencyId, purposes, excludedTerritories }) => ({
      agency: keys.agencies.find(({ id }) => id === toHex(agencyId))?.code ?? toHex(agencyId),
      purposes: purposes.map((purpose) => nameOf(PURPOSES, purpose)),
      excluded_territories: excludedTerritories,
    })),
    excluded_territories: order.excludedTerritories,
    excluded_accounts: order.excludedAccounts.map(toHex),
    from: formatDay(order.dayFrom),
    to: formatDay(order.dayTo),
    not_before: formatTime(order.notBefore),
    expires: formatTime(order.expires),
    notify_by: formatTime(order.notifyBy),
    max_grants: order.maxGrants,
  };
}

function stateOf(order: Order, isLogged: boolean, isAuthorised: boolean, now: number): OrderState {
  if (now >= order.expires) return 'expired';
  if (isLogged) return 'submitted';
  return isAuthorised ? 'authorised' : 'draft';
}

function describeSubject(subject: Subject): string {
  switch (subject.type) {
    case SubjectType.account:
      return `account:${toHex(subject.accountId)}`;
    case SubjectType.device:
      return `device:${toHex(subject.deviceId)}`;
    case SubjectType.group:
      return `group:${toHex(subject.groupId)}`;
    case SubjectType.participantOfGroups:
      return `participant:${toHex(subject.accountId)}`;
    case SubjectType.network:
      return 'network';
  }
}

function nameOf(names: Readonly<Record<string, number>>, number: number): string {
  return Object.entries(names).find(([, value]) => value === number)?.[0] ?? String(number);
}

function formatTime(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString();
}

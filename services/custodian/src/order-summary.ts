/** An order in plain language, for the person who is asked to approve it (PROTOCOL 10.1). */
import { equal, toHex, toUtf8 } from '@countersign/bytes';
import { type Annex, DataClass, type Order, OrderKind, OrderMode, type Subject, SubjectType } from '@countersign/custody';

const DAY_MS = 86_400_000;

const KINDS: Readonly<Record<number, string>> = {
  [OrderKind.warrant]: 'Warrant',
  [OrderKind.production]: 'Production order',
  [OrderKind.emergency]: 'Emergency order',
  [OrderKind.preservation]: 'Preservation order',
};

/** One sentence for each thing that is decided, in the order in which it matters. Without the annex, agencies and purposes are numbers. */
export function describeOrder(order: Order, annex: Annex | null): string[] {
  const lines = [
    `${KINDS[order.kind]}, legal reference "${toUtf8(order.legalReference) ?? ''}".`,
    describeReading(order),
    ...order.subjects.map((subject) => describeSubject(subject)),
    `Messages of ${dateOf(order.dayFrom)} to ${dateOf(order.dayTo)}, both included.`,
    `In force from ${timeOf(order.notBefore)} until ${timeOf(order.expires)}.`,
  ];
  for (const reader of order.readers) {
    const agency = annex?.agencies.find(({ agencyId }) => equal(agencyId, reader.agencyId));
    const name = agency === undefined ? toHex(reader.agencyId) : `${toUtf8(agency.name) ?? ''} (${agency.territory})`;
    lines.push(`Read by ${name} for ${reader.purposes.map((purpose) => purposeName(annex, purpose)).join(', ')}.`);
    if (reader.excludedTerritories.length > 0)
      lines.push(`${name} does not read devices in ${reader.excludedTerritories.join(', ')}.`);
  }
  if (order.maxGrants > 0) lines.push(`At most ${order.maxGrants} keys, each for one device, group, epoch and day.`);
  if (order.excludedTerritories.length > 0) lines.push(`Nothing from devices in ${order.excludedTerritories.join(', ')}.`);
  if (order.excludedAccounts.length > 0)
    lines.push(`Nothing that ${order.excludedAccounts.length} protected accounts sent or received.`);
  lines.push(`The persons concerned are told by ${timeOf(order.notifyBy)}.`);
  if (order.reviewBy > 0n) lines.push(`A reviewer must confirm it before ${timeOf(order.reviewBy)}.`);
  return lines;
}

function describeReading({ dataClasses, mode }: Order): string {
  const when = mode === OrderMode.live ? 'Live: messages as they are sent' : 'Retrospective: messages already sent';
  const classes = [
    ...((dataClasses & DataClass.iri) === 0 ? [] : ['who, when, where and sizes']),
    ...((dataClasses & DataClass.content) === 0 ? [] : ['content']),
  ];
  return `${when}; ${classes.join(' and ')}.`;
}

function describeSubject(subject: Subject): string {
  switch (subject.type) {
    case SubjectType.account:
      return `What account ${toHex(subject.accountId)} sends.`;
    case SubjectType.device:
      return `What device ${toHex(subject.deviceId)} sends.`;
    case SubjectType.group:
      return `What anybody sends in group ${toHex(subject.groupId)}.`;
    case SubjectType.participantOfGroups:
      return `What anybody sends in groups of which account ${toHex(subject.accountId)} is a member.`;
    case SubjectType.network:
      return 'What anybody on the whole network sends.';
  }
}

function purposeName(annex: Annex | null, purpose: number): string {
  const entry = annex?.purposes.find((row) => row.purpose === purpose);
  return entry === undefined ? `purpose ${purpose}` : (toUtf8(entry.name) ?? '').replaceAll('_', ' ');
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function timeOf(seconds: bigint): string {
  const ms = Number(seconds) * 1000;
  return ms > 8.64e15 ? 'a time beyond all calendars' : `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

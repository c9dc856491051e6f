/** The whole chain in one process, in the order in which it happens: key, log, members, messages, order, release, reading (PROTOCOL 1 to 12). */
import { equal } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { dayOf } from '@countersign/custody';
import { createSuite } from '@countersign/mls';
import { type Check, Checks } from './checks.ts';
import { type Conversation, membersOf } from './conversations.ts';
import { type Device, enrol, identityRules } from './devices.ts';
import { type Docket, refuseBeyond, refuseUnfinished } from './gate.ts';
import { type Founded, foundNetwork } from './genesis.ts';
import type { Seat } from './members.ts';
import { draftOrder, OrderFile } from './orders.ts';
import { OwnLog } from './own-log.ts';
import type { Printer } from './print.ts';
import { refuseEvaders, refuseFork, refuseReplay, refuseRescoped } from './refusals.ts';
import { type LoggedGrant, Relay } from './relay.ts';
import { type ReadScope, readCovered, refuseAfterwards, refuseWrongShares } from './release.ts';
import { converse, openGroup, type Stage, type Talk } from './talk.ts';
import { CUSTODIANS, createWorld, THRESHOLD, type World } from './world.ts';

const DAY_S = 86_400;
const TEN_OCLOCK_S = 36_000;
/** Half an hour into the next day: its skew_s is over too. */
const INTO_NEXT_DAY_S = 1800;

/** Ten in the morning, UTC, of the day of unix second `now`: everything is written on one day, and read on the next. */
export function startOfStory(now: number): number {
  return DAY_S * dayOf(now) + TEN_OCLOCK_S;
}

export interface ChainOptions {
  /** Unix seconds, from `startOfStory`. */
  readonly now: number;
  readonly random: Random;
  readonly print: Printer;
}

/** Everything that happened, for whoever wants to look again. */
export interface ChainResult {
  readonly checks: readonly Check[];
  readonly haveHeld: boolean;
  readonly transcriptHashes: readonly string[];
  readonly talks: readonly Talk[];
  /** Ids of the conversations that the order names. */
  readonly coveredIds: readonly string[];
  readonly read: readonly ReadScope[];
  readonly logSize: number;
}

export async function runChain(conversations: readonly Conversation[], options: ChainOptions): Promise<ChainResult> {
  const { print, random } = options;
  const checks = new Checks();
  const world = createWorld(options.now, random);
  const founded = await foundNetwork(world);
  const { log, key } = founded;

  print.section(`The key: ${CUSTODIANS} custodians made it together, ${THRESHOLD} are needed, nobody ever held it`);
  for (const { member } of founded.custodians) print.line(`${member.index} ${member.name}`);
  const isOneTranscript = new Set(key.transcriptHashes).size === 1;
  print.check(checks.holds('custodians, by voice', 'all computed one transcript', isOneTranscript));

  print.section(`The log: ${world.witnessW} of ${world.witnesses.length} witnesses must cosign`);
  print.line(`witnesses: ${world.witnesses.map(({ name }) => name).join(', ')}`);
  print.line(`genesis: ${log.size} entries (ceremony, custody key, profile, officers, gateways)`);

  print.section('The members: certified, enrolled, in MLS groups; what they write, and what the relay sees');
  const stage = await openStage(world, founded);
  const devices = await enrolAll(conversations, stage);
  const talks: Talk[] = [];
  for (const conversation of conversations) talks.push(await converse(conversation, devices, stage));
  print.talks(talks);
  const lines = talks.flatMap((talk) => talk.lines);
  const isAllRead = lines.every(
    ({ text, readBy }) => readBy.length > 0 && readBy.every((copy) => copy.text === text.normalize('NFC')),
  );
  print.check(checks.holds('members', `${lines.length} lines read by everybody else in the group`, isAllRead));

  print.section('Refused among members, relay and witnesses');
  const intruders = [await enrolLogged('Mallory', stage), await enrolLogged('Nora', stage)];
  await refuseReplay(talks[0] as Talk, stage, checks, print);
  await refuseEvaders(intruders, stage, checks, print);
  const [thief] = (await openGroup(intruders, stage)) as [Seat];
  const coveredTalks = talks.filter((_, i) => i % 2 === 0);
  const uncovered = grantsOf(
    talks.filter((_, i) => i % 2 === 1),
    stage.relay,
  );
  const covered = grantsOf(coveredTalks, stage.relay);
  const rescoped = await refuseRescoped(thief, uncovered[0] as LoggedGrant, stage, checks, print);
  await stage.relay.closeBatch();
  refuseFork(log, world, checks, print);

  const groups = [...coveredTalks.map(({ groupId }) => groupId), thief.group.groupId];
  const file = new OrderFile(draftOrder(world, groups, covered.length), world, log);
  const docket: Docket = { world, founded, relay: stage.relay, file, covered, uncovered, rescoped, checks, print };
  print.section(
    `The order: a warrant on ${coveredTalks
      .map(({ id }) => id)
      .slice(0, 6)
      .join(', ')}; what custodians refuse before it counts`,
  );
  await refuseUnfinished(docket);

  world.clock.now = DAY_S * (dayOf(world.clock.now) + 1) + INTO_NEXT_DAY_S;
  print.section('The next day: the order is in force; what it does not give');
  await refuseBeyond(docket);
  print.section('The release: shares sealed to the reader, each logged and witnessed before it leaves');
  await refuseWrongShares(docket);
  const typed = typedTexts(coveredTalks);
  const read = await readCovered(docket, ({ scope }) => typed(scope.groupId, scope.deviceId));
  print.section('Afterwards');
  await refuseAfterwards(docket);

  const coveredIds = coveredTalks.map(({ id }) => id);
  const { haveHeld, all } = checks;
  return { checks: all, haveHeld, transcriptHashes: key.transcriptHashes, talks, coveredIds, read, logSize: log.size };
}

async function openStage(world: World, founded: Founded): Promise<Stage> {
  const copy = await OwnLog.open(world);
  await copy.follow(founded.log);
  const relay = new Relay(world, founded, copy);
  return { world, founded, relay, copy, rules: identityRules(world, founded.profile, copy), suite: createSuite(world.random) };
}

/** One device a person, whatever number of conversations he is in. */
async function enrolAll(conversations: readonly Conversation[], stage: Stage): Promise<ReadonlyMap<string, Device>> {
  const devices = new Map<string, Device>();
  for (const name of new Set(conversations.flatMap(membersOf))) devices.set(name, await enrolLogged(name, stage));
  return devices;
}

/** Once it has returned, everybody who follows the log knows the device. */
async function enrolLogged(name: string, { world, founded, copy }: Stage): Promise<Device> {
  const device = await enrol(name, world, founded);
  await copy.follow(founded.log);
  return device;
}

function grantsOf(talks: readonly Talk[], relay: Relay): LoggedGrant[] {
  return talks.flatMap(({ groupId }) => relay.grantsOf(groupId));
}

/** What the owner of a device typed in a group. */
function typedTexts(talks: readonly Talk[]) {
  return (groupId: Uint8Array, deviceId: Uint8Array): string[] => {
    const talk = talks.find((candidate) => equal(candidate.groupId, groupId));
    const seat = talk?.seats.find(({ device }) => equal(device.cert.deviceId, deviceId));
    return (talk?.lines ?? []).filter(({ from }) => from === seat?.device.name).map(({ text }) => text);
  };
}

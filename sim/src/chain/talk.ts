/** A conversation in a real MLS group: members join, write in turn, and each of them reads what the others wrote (PROTOCOL 5, 9). */
import { Group, type IdentityRules, type Suite, verifyCommit, verifyNewGroup } from '@countersign/mls';
import { type Conversation, membersOf } from './conversations.ts';
import { type Device, groupEnvironment, keyPackageOf } from './devices.ts';
import type { Founded } from './genesis.ts';
import { Seat } from './members.ts';
import type { OwnLog } from './own-log.ts';
import type { Delivered, Relay, Sent } from './relay.ts';
import type { World } from './world.ts';

/** From one line to the next. */
const LINE_S = 1;

/** Everything that a group is made with. */
export interface Stage {
  readonly world: World;
  readonly founded: Founded;
  readonly relay: Relay;
  /** The copy of the log by which certificates are judged. */
  readonly copy: OwnLog;
  readonly rules: IdentityRules;
  readonly suite: Suite;
}

/** A line as it went through. */
export interface Line {
  readonly from: string;
  readonly text: string;
  /** All that the relay sees of it. */
  readonly envelopeBytes: number;
  readonly mlsBytes: number;
  /** What each of the other members read. */
  readonly readBy: readonly { readonly name: string; readonly text: string }[];
}

export interface Talk {
  readonly id: string;
  readonly groupId: Uint8Array;
  readonly seats: readonly Seat[];
  readonly lines: readonly Line[];
  readonly lastSent: Sent;
}

/** The group of these devices at epoch 1, its roster logged and compared by every member. */
export async function openGroup(devices: readonly Device[], stage: Stage): Promise<Seat[]> {
  const { world, founded, relay, rules, suite } = stage;
  const [creator, ...others] = devices as [Device, ...Device[]];
  const { networkId, clock, random } = world;
  const env = () => groupEnvironment(rules, suite, networkId, founded.key.custodyKey.custodyKeyId);
  const own = await keyPackageOf(creator, clock.now, suite);
  const { group, groupInfo } = await Group.create(random(16), own, env());
  await relay.enterEpoch(await verifyNewGroup(groupInfo, rules, suite));
  const packages = await Promise.all(others.map((device) => keyPackageOf(device, clock.now, suite)));
  const frame = await group.commit({ add: packages.map(({ message }) => message), now: clock.now });
  const { group: next } = await verifyCommit(relay.group(group.groupId), frame.commit, frame.groupInfo, rules, suite);
  const roster = await relay.enterEpoch(next);
  await group.process(frame.commit);
  const seats = [new Seat(creator, group, world, founded)];
  for (const [i, device] of others.entries()) {
    const joined = await Group.join(frame.welcome as Uint8Array, packages[i] as (typeof packages)[number], env());
    seats.push(new Seat(device, joined, world, founded));
  }
  for (const seat of seats) seat.checkRoster(roster);
  return seats;
}

export async function converse(conversation: Conversation, devices: ReadonlyMap<string, Device>, stage: Stage): Promise<Talk> {
  const seats = await openGroup(
    membersOf(conversation).map((name) => devices.get(name) as Device),
    stage,
  );
  const lines: Line[] = [];
  let lastSent: Sent | null = null;
  for (const { from, text } of conversation.messages) {
    const sender = seats.find(({ device }) => device.name === from) as Seat;
    const sent = await sender.write(text);
    lastSent = sent;
    const delivered = await stage.relay.accept(sent);
    const readBy = await readAll(seats, sender, delivered);
    lines.push({ from, text, envelopeBytes: sent.envelope.length, mlsBytes: sent.mls.length, readBy });
    stage.world.clock.now += LINE_S;
  }
  const [{ group }] = seats as [Seat];
  return { id: conversation.id, groupId: group.groupId, seats, lines, lastSent: lastSent as unknown as Sent };
}

async function readAll(seats: readonly Seat[], sender: Seat, delivered: Delivered): Promise<Line['readBy']> {
  const read: { name: string; text: string }[] = [];
  for (const seat of seats) {
    if (seat !== sender) read.push({ name: seat.device.name, text: await seat.read(delivered) });
  }
  return read;
}

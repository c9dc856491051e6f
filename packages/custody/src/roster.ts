/** Roster: the members of one group epoch, signed by the relay and logged once under the handle of its slot (PROTOCOL 4). */
import {
  encode,
  ensure,
  equal,
  type Infer,
  list,
  type Opaque,
  refine,
  struct,
  uint32,
  uint64,
  version,
} from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { type AccountId, accountId, type DeviceId, deviceId, groupId, hash, networkId, type SigKey, sig } from './ids.ts';
import type { Scope } from './scope.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const rosterMemberCodec = struct({ leafIndex: uint32, deviceId, accountId });
export type RosterMember = Infer<typeof rosterMemberCodec>;

/** By leaf index, which also keeps one leaf from standing twice with two devices. */
const membersCodec = refine(
  list(rosterMemberCodec, 36, 2 ** 24 - 1),
  (members) => members.every((member, i) => i === 0 || (members[i - 1] as RosterMember).leafIndex < member.leafIndex),
  'decode.order',
);

export const rosterCodec = struct({
  version,
  networkId,
  groupId,
  epoch: uint64,
  treeHash: hash,
  /** Zeros at epoch 0. */
  confirmedTranscriptHash: hash,
  members: membersCodec,
  sig,
});
export type Roster = Infer<typeof rosterCodec>;

/** What names a roster in the log; every Scope and Roster holds the three fields. */
export const rosterSlotCodec = struct({ networkId, groupId, epoch: uint64 });
export type RosterSlot = Infer<typeof rosterSlotCodec>;

/** The log handle of the slot: 16 bytes (PROTOCOL 4). */
export function rosterHandle(slot: RosterSlot): Opaque<'Handle'> {
  return labelledHash('AC1 object', encode(rosterSlotCodec, slot)).slice(0, 16);
}

/** Whether both name one group and epoch of one network. */
export function isOfSlot(a: RosterSlot, b: RosterSlot): boolean {
  return equal(a.networkId, b.networkId) && equal(a.groupId, b.groupId) && a.epoch === b.epoch;
}

/** Signed by the relay; members may come in any order. */
export function createRoster(body: Omit<Roster, 'sig'>, relaySeed: Uint8Array): Roster {
  const members = [...body.members].sort((a, b) => a.leafIndex - b.leafIndex);
  return createSigned(rosterCodec, 'AC1 roster', { ...body, members }, relaySeed);
}

/** The roster, proven to be signed by one of the profile's relay keys; else `roster.invalid`. */
export function verifyRoster(roster: Roster, relayKeys: readonly SigKey[]): Roster {
  const signed = relayKeys.some((key) => isSignedBy(rosterCodec, 'AC1 roster', roster, key));
  ensure(signed, 'roster.invalid');
  return roster;
}

/** What a member's own MLS state says about the epoch. */
export interface MlsRoster {
  readonly treeHash: Uint8Array;
  readonly confirmedTranscriptHash: Uint8Array;
  readonly members: readonly RosterMember[];
}

/** A member sends only where the logged roster equals its MLS state, or a relay could show custodians another group (PROTOCOL 4). */
export function verifyRosterEqualsMls(roster: Roster, mls: MlsRoster): void {
  ensure(equal(roster.treeHash, mls.treeHash), 'roster.invalid');
  ensure(equal(roster.confirmedTranscriptHash, mls.confirmedTranscriptHash), 'roster.invalid');
  ensure(roster.members.length === mls.members.length, 'roster.invalid');
  const same = roster.members.every((member, i) => isSameMember(member, mls.members[i] as RosterMember));
  ensure(same, 'roster.invalid');
}

/** Each account is the one that the device's certificate names; `accountOf` gives null for a device without one (PROTOCOL 4). */
export function verifyRosterAccounts(roster: Roster, accountOf: (device: DeviceId) => AccountId | null): void {
  for (const member of roster.members) {
    const certified = accountOf(member.deviceId);
    ensure(certified !== null && equal(certified, member.accountId), 'roster.invalid');
  }
}

/** The account that sent in `scope`: that of its leaf, if its device stands there; else null. */
export function senderAccount(roster: Pick<Roster, 'members'>, scope: Pick<Scope, 'leafIndex' | 'deviceId'>): AccountId | null {
  const member = roster.members.find(({ leafIndex }) => leafIndex === scope.leafIndex);
  return member !== undefined && equal(member.deviceId, scope.deviceId) ? member.accountId : null;
}

function isSameMember(a: RosterMember, b: RosterMember): boolean {
  return a.leafIndex === b.leafIndex && equal(a.deviceId, b.deviceId) && equal(a.accountId, b.accountId);
}

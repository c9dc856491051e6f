/** A member sends in an epoch only where the logged roster equals its own MLS state (PROTOCOL 4). */
import { Ac1Error, decode, ensure, equal } from '@countersign/bytes';
import { EntryType, objectHash, rosterCodec, rosterHandle, verifyRoster, verifyRosterEqualsMls } from '@countersign/custody';
import type { Group } from '@countersign/mls';
import type { deliveryFrames } from '@countersign/wire';
import { openRelayEntry, verifyLogged } from '../network/logged.ts';
import { nowS } from '../port/clock.ts';
import type { Context } from './context.ts';
import { rosterMembersOf } from './conversations.ts';

/**
 * Whether the roster of the group's epoch is proven: false while no witnessed checkpoint shows it. `roster.invalid` when what is
 * shown differs from the device's own state.
 */
export function isRosterProven(ctx: Context, group: Group, shown: deliveryFrames.RosterShown): boolean {
  const { profile, facts } = ctx.network();
  const roster = decode(rosterCodec, shown.roster);
  verifyRoster(roster, profile.relayKeys);
  ensure(equal(roster.networkId, profile.networkId), 'roster.invalid');
  ensure(equal(roster.groupId, group.groupId) && roster.epoch === group.epoch, 'roster.invalid');
  const { treeHash, confirmedTranscriptHash } = group.roster();
  verifyRosterEqualsMls(roster, { treeHash, confirmedTranscriptHash, members: rosterMembersOf(group) });
  if (shown.checkpoint.length === 0) return false;
  const { entry, body } = openRelayEntry(shown, EntryType.roster, profile.relayKeys);
  ensure(equal(entry.handle, rosterHandle(roster)), 'roster.invalid');
  ensure(equal(body, objectHash(rosterCodec, roster)), 'roster.invalid');
  return isUnderCheckpoint(() => verifyLogged(shown, profile, nowS(ctx.clock), facts.seen));
}

/** A checkpoint that is too old, or not yet cosigned, proves nothing either way. */
function isUnderCheckpoint(verify: () => unknown): boolean {
  try {
    verify();
    return true;
  } catch (error) {
    if (error instanceof Ac1Error && error.code === 'log.not_witnessed') return false;
    throw error;
  }
}

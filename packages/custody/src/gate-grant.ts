/** Step 6 of the gate for one grant: logged, valid, covered by the order, readable by the agency, and of this custodian's key (PROTOCOL 11.3). */
import { decode, ensure, equal } from '@countersign/bytes';
import { verifyCovers } from './covers.ts';
import { isDeviceValidOnDay } from './device-register.ts';
import { objectHash } from './entry-body.ts';
import { type VerifiedGrant, verifyGrant } from './grant.ts';
import type { Hash } from './ids.ts';
import { EntryType } from './log-entry.ts';
import type { LogView } from './log-view.ts';
import { verifyMayRead } from './may-read.ts';
import type { Order } from './order.ts';
import { verifyDayOver } from './order-case.ts';
import type { ReleaseRequest } from './release-request.ts';
import { isOfSlot, type Roster, rosterCodec, rosterHandle, verifyRoster, verifyRosterAccounts } from './roster.ts';
import type { Scope } from './scope.ts';
import { type EntrySecret, verifySecret } from './secret-payload.ts';

/** A grant that the requester presents: its type 11 entry, opened. */
export interface PresentedGrant {
  readonly index: bigint;
  readonly secret: EntrySecret;
}

/** A roster that the requester presents: the struct, and its type 12 entry, opened. */
export interface PresentedRoster extends PresentedGrant {
  readonly roster: Uint8Array;
}

/** The generation of the custodian's share of a custody key, or null where it holds none. */
export type ShareGenOf = (custodyKeyId: Hash) => number | null;

export interface GrantCase {
  readonly view: LogView;
  readonly order: Order;
  readonly request: ReleaseRequest;
  readonly rosters: readonly PresentedRoster[];
  readonly shareGenOf: ShareGenOf;
  readonly now: number;
}

/** The body of a presented grant's entry, which a relay logged; `grant.not_logged` where the index holds something else. */
export function openGrant(view: LogView, { index, secret }: PresentedGrant): Uint8Array {
  const entry = view.entryAt(index);
  ensure(entry !== null && entry.type === EntryType.grant, 'grant.not_logged', { index });
  ensure(entry.noticeBy === 0n, 'log.notice_mismatch', { index }); // of no order (PROTOCOL 11.2)
  return verifySecret(entry, secret);
}

/** The grant, once every check of step 6 has passed. */
export function verifyGrantCase(bytes: Uint8Array, found: GrantCase): VerifiedGrant {
  const { view, order, request } = found;
  const verified = verifyGrant(bytes, {
    networkId: view.profile.networkId,
    custodyKeys: view.profile.custodyKeys,
    envSigKeyOf: (scope) => envSigKeyOf(view, scope),
  });
  const { scope } = verified;
  const roster = verifyLoggedRoster(scope, found);
  const territories = view.territoriesOf(scope.deviceId, scope.day);
  verifyCovers(order, scope, roster, territories);
  verifyMayRead(order, request.agencyId, request.purpose, territories);
  verifyOwnShare(scope, found);
  verifyDayOver(order, scope.day, found.now, view.profile.skewS);
  return verified;
}

/** A device is judged on the scope's day (PROTOCOL 4). */
function envSigKeyOf(view: LogView, scope: Scope): Uint8Array | null {
  const device = view.devices(scope.deviceId);
  if (device === null) return null;
  ensure(isDeviceValidOnDay(device, scope.day), 'cert.invalid');
  return device.envSigKey;
}

/** The one roster that is logged for the scope's group and epoch: a second one would show a relay that forks groups (PROTOCOL 4). */
function verifyLoggedRoster(scope: Scope, { view, rosters }: GrantCase): Roster {
  const logged = view.entriesWith(rosterHandle(scope)).filter(({ entry }) => entry.type === EntryType.roster);
  const [only, second] = logged;
  ensure(only !== undefined && second === undefined, 'roster.invalid');
  ensure(only.entry.noticeBy === 0n, 'log.notice_mismatch', { index: only.index });
  const presented = rosters.find(({ index }) => index === only.index);
  ensure(presented !== undefined, 'roster.invalid');
  const roster = verifyRoster(decode(rosterCodec, presented.roster), view.relayKeys);
  ensure(equal(verifySecret(only.entry, presented.secret), objectHash(rosterCodec, roster)), 'roster.invalid');
  ensure(isOfSlot(roster, scope), 'roster.invalid'); // a handle is 16 bytes only: names, not hashes, are compared
  verifyRosterAccounts(roster, (device) => view.devices(device)?.accountId ?? null);
  return roster;
}

/** A quorum of one generation never mixes with another. */
function verifyOwnShare({ custodyKeyId }: Scope, { view, shareGenOf }: GrantCase): void {
  const newest = view.custodyKey(custodyKeyId);
  ensure(newest !== null && newest.shareGen === shareGenOf(custodyKeyId), 'release.share_gen_mismatch');
}

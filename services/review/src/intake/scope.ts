/** A scope as the custody stream shows it: grant, roster and certificate, each proven by the own copy of the log (PROTOCOL 4.3, 7.3). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { decode, ensure, equal } from '@countersign/bytes';
import {
  type AccountId,
  EntryType,
  type Hash,
  isDeviceValidOnDay,
  type LogView,
  objectHash,
  type Roster,
  rosterCodec,
  rosterHandle,
  type Scope,
  senderAccount,
  type VerifiedGrant,
  verifyGrant,
  verifyRoster,
  verifyRosterAccounts,
  verifySecret,
} from '@countersign/custody';
import { custodyFrames } from '@countersign/wire';

export interface KnownScope {
  readonly grantId: Hash;
  readonly grant: VerifiedGrant;
  readonly roster: Roster;
  readonly accountId: AccountId;
  /** The account's handle by the operator's directory: nothing in AC1 proves it. */
  readonly handle: string;
  readonly shown: custodyFrames.ScopeShown;
}

/** The largest log index that the scope's entries need. */
export function lastIndexOf(shown: custodyFrames.ScopeShown): number {
  return Math.max(...[shown.grantEntry, shown.rosterEntry, shown.deviceCertEntry].map((entry) => Number(entry?.index ?? 0n)));
}

/** The copy reaches `lastIndexOf`. Throws the code of the first check that fails. */
export function verifyScopeShown(shown: custodyFrames.ScopeShown, view: LogView): KnownScope {
  ensure(equal(openShown(view, shown.grantEntry, EntryType.grant, 'grant.not_logged'), shown.grant), 'grant.not_logged');
  const grant = verifyGrant(shown.grant, {
    networkId: view.profile.networkId,
    custodyKeys: view.profile.custodyKeys,
    envSigKeyOf: (scope) => envSigKeyOf(view, scope),
  });
  const roster = verifyRosterShown(shown, grant.scope, view);
  const accountId = senderAccount(roster, grant.scope);
  ensure(accountId !== null, 'roster.device_mismatch');
  return { grantId: grant.grantId, grant, roster, accountId, handle: shown.handle, shown };
}

/** One roster for a slot: two would show a relay that forks groups (PROTOCOL 4.3). */
function verifyRosterShown(shown: custodyFrames.ScopeShown, scope: Scope, view: LogView): Roster {
  const [only, second] = view.entriesWith(rosterHandle(scope)).filter(({ entry }) => entry.type === EntryType.roster);
  ensure(only !== undefined && second === undefined && only.index === shown.rosterEntry?.index, 'roster.invalid');
  const roster = verifyRoster(decode(rosterCodec, shown.roster), view.relayKeys);
  const body = openShown(view, shown.rosterEntry, EntryType.roster, 'roster.invalid');
  ensure(equal(body, objectHash(rosterCodec, roster)), 'roster.invalid');
  ensure(equal(rosterHandle(roster), rosterHandle(scope)), 'roster.invalid');
  verifyRosterAccounts(roster, (device) => view.devices(device)?.accountId ?? null);
  return roster;
}

/** Readers judge a device as custodians do: on the scope's day (PROTOCOL 4.3). */
function envSigKeyOf(view: LogView, scope: Scope): Uint8Array | null {
  const device = view.devices(scope.deviceId);
  if (device === null) return null;
  ensure(isDeviceValidOnDay(device, scope.day), 'cert.invalid');
  return device.envSigKey;
}

function openShown(
  view: LogView,
  shown: custodyFrames.Shown | undefined,
  type: EntryType,
  code: 'grant.not_logged' | 'roster.invalid',
): Uint8Array {
  ensure(shown !== undefined, code);
  const entry = view.entryAt(shown.index);
  ensure(entry !== null && entry.type === type, code);
  return verifySecret(entry, { salt: shown.salt, payload: shown.payload });
}

/** In two parts, since many scopes share a roster. */
export function encodeShown(shown: custodyFrames.ScopeShown): { readonly scope: Uint8Array; readonly roster: Uint8Array } {
  const { roster, rosterEntry, ...rest } = shown;
  const schema = custodyFrames.ScopeShownSchema;
  const { $typeName: _name, $unknown: _unknown, ...scope } = rest;
  return {
    scope: toBinary(schema, create(schema, scope)),
    roster: toBinary(schema, create(schema, { roster, ...(rosterEntry === undefined ? {} : { rosterEntry }) })),
  };
}

export function decodeShown(scope: Uint8Array, roster: Uint8Array): custodyFrames.ScopeShown {
  const shown = fromBinary(custodyFrames.ScopeShownSchema, scope);
  const part = fromBinary(custodyFrames.ScopeShownSchema, roster);
  shown.roster = part.roster;
  if (part.rosterEntry !== undefined) shown.rosterEntry = part.rosterEntry;
  return shown;
}

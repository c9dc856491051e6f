/** What a relay checks of a delivery before it accepts it, in the order of PROTOCOL 9; it holds no secret, so it opens nothing. */
import { decode, ensure, equal } from '@countersign/bytes';
import { isWithinDay } from './day.ts';
import type { ParsedEnvelope } from './envelope.ts';
import { type ChainExpectations, type ChainState, verifyEnvelopeChain, verifyEnvelopeSignature } from './envelope-chain.ts';
import { type GrantExpectations, grantCodec, type VerifiedGrant, verifyGrant } from './grant.ts';
import type { DeviceId, GroupId, Hash } from './ids.ts';
import { type Roster, senderAccount } from './roster.ts';
import type { Scope } from './scope.ts';

/** The public fields of the MLS PrivateMessage that came with the envelope. */
export interface MlsPublicFields {
  readonly groupId: GroupId;
  readonly epoch: bigint;
  readonly authenticatedData: Uint8Array;
}

/** The group's epoch as the relay has it. */
export interface RelayEpoch {
  readonly current: bigint;
  /** When it began: milliseconds. */
  readonly sinceMs: bigint;
  /** Whether the device is still a member in it. */
  readonly hasDevice: (device: DeviceId) => boolean;
}

export interface RelayFacts extends ChainExpectations {
  /** The device that the session was authenticated as. */
  readonly sessionDevice: DeviceId;
  /** The grant of the envelope: its bytes at the first message of a scope, later what they were verified to. */
  readonly grant: Uint8Array | VerifiedGrant;
  readonly grantExpectations: GrantExpectations;
  /** The relay's roster of the scope's group and epoch; null when it has none. */
  readonly rosterOf: (scope: Scope) => Roster | null;
  /** Whether the grant is appended to the log. */
  readonly isAppended: (grantId: Hash) => boolean;
  readonly epoch: RelayEpoch;
  readonly recvMs: bigint;
  readonly epochGraceS: number;
  readonly skewS: number;
  readonly mls: MlsPublicFields;
}

/** What the relay keeps of a delivery that it may accept. */
export interface AcceptedDelivery {
  readonly grant: VerifiedGrant;
  /** The grant's chain after this envelope. */
  readonly next: ChainState;
}

/** The first fault in the stated order wins. Certificates and roster are the relay's own, judged at the time of receipt. */
export function verifyDelivery(envelope: ParsedEnvelope, facts: RelayFacts): AcceptedDelivery {
  const known = facts.grant;
  ensureSender(known instanceof Uint8Array ? decode(grantCodec, known).head.scope : known.scope, facts);
  const grant = known instanceof Uint8Array ? verifyGrant(known, facts.grantExpectations) : known;
  const { scope } = grant;
  ensure(facts.isAppended(grant.grantId), 'grant.not_logged');
  ensure(isEpochAccepted(scope, facts), 'relay.epoch_stale');
  ensure(isWithinDay(facts.recvMs, scope.day, facts.skewS), 'relay.day_mismatch');
  ensure(equal(envelope.hdr.grantId, grant.grantId), 'envelope.grant_mismatch');
  verifyEnvelopeSignature(envelope, grant.envSigKey);
  const next = verifyEnvelopeChain(envelope, facts);
  ensureMls(envelope.envHash, scope, facts.mls);
  return { grant, next };
}

/** Session, scope and roster name one device. */
function ensureSender(scope: Scope, { sessionDevice, rosterOf }: RelayFacts): void {
  ensure(equal(sessionDevice, scope.deviceId), 'relay.device_mismatch');
  const roster = rosterOf(scope);
  const listed =
    roster !== null &&
    roster.epoch === scope.epoch &&
    equal(roster.groupId, scope.groupId) &&
    senderAccount(roster, scope) !== null;
  ensure(listed, 'relay.device_mismatch');
}

/** The current epoch, or for a short time the one before: it reached the members that had not yet seen the Commit. */
function isEpochAccepted(scope: Scope, { epoch, recvMs, epochGraceS }: RelayFacts): boolean {
  if (scope.epoch === epoch.current) return true;
  const inGrace = recvMs - epoch.sinceMs <= 1000n * BigInt(epochGraceS);
  // A removed device has no grace (PROTOCOL 5).
  return scope.epoch === epoch.current - 1n && inGrace && epoch.hasDevice(scope.deviceId);
}

/** What members will decrypt is bound to the envelope and to the scope. */
function ensureMls(envHash: Hash, scope: Scope, mls: MlsPublicFields): void {
  ensure(equal(mls.groupId, scope.groupId), 'relay.mls_mismatch');
  ensure(mls.epoch === scope.epoch, 'relay.mls_mismatch');
  ensure(equal(mls.authenticatedData, envHash), 'relay.mls_mismatch');
}

/** A delivery taken apart, before any lock: its parts, its grant, and for a new grant the whole relay list (PROTOCOL 9.3). */
import { Ac1Error, concat, decode, ensure } from '@countersign/bytes';
import {
  CHAIN_START,
  type DeviceId,
  deliveryCodec,
  grantCodec,
  type MlsPublicFields,
  type ParsedEnvelope,
  parseEnvelope,
  type RelayFacts,
  type Scope,
  type VerifiedGrant,
  verifyDelivery,
} from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { MlsError, readMessageHeader } from '@countersign/mls';
import type { KnownRoster, RosterBook } from '../groups/roster-book.ts';
import type { GrantBook } from './grant-book.ts';
import { epochOf, findGroups, type GroupState } from './group-state.ts';

/** The device that a session was opened as. */
export interface Sender {
  readonly deviceId: DeviceId;
  readonly envSigKey: Uint8Array;
}

export interface ParsedDelivery {
  readonly envelope: ParsedEnvelope;
  readonly envelopeBytes: Uint8Array;
  readonly mlsMessage: Uint8Array;
  readonly mls: MlsPublicFields;
}

/** A message whose grant is verified and appended; the rest of the list is run under the locks. */
export interface PreparedMessage extends ParsedDelivery {
  readonly sender: Sender;
  readonly grant: VerifiedGrant;
}

/** No group has this: what is no MLS application message fails at the step that compares it (PROTOCOL 9.3, step 6). */
const NO_MLS: MlsPublicFields = { groupId: new Uint8Array(0), epoch: 2n ** 64n - 1n, authenticatedData: new Uint8Array(0) };

export function parseDelivery(bytes: Uint8Array): ParsedDelivery {
  const { mlsMessage } = decode(deliveryCodec, bytes);
  // The message stands behind a length of two bytes; what is before that is the envelope, exactly as it was sent.
  const envelopeBytes = bytes.subarray(0, bytes.length - mlsMessage.length - 2);
  return { envelope: parseEnvelope(envelopeBytes), envelopeBytes, mlsMessage, mls: readMls(mlsMessage) };
}

function readMls(message: Uint8Array): MlsPublicFields {
  try {
    const header = readMessageHeader(message);
    return header.wireFormat === 'private' && header.contentType === 'application' ? header : NO_MLS;
  } catch (error) {
    if (error instanceof MlsError) return NO_MLS;
    throw error;
  }
}

export function joinDelivery(envelope: Uint8Array, mlsMessage: Uint8Array): Uint8Array {
  return concat(envelope, Uint8Array.of(mlsMessage.length >>> 8, mlsMessage.length & 255), mlsMessage);
}

export interface PrepareOptions {
  readonly sql: Sql;
  readonly grants: GrantBook;
  readonly rosters: RosterBook;
  readonly nowMs: () => number;
  readonly limits: () => { readonly epochGraceS: number; readonly skewS: number };
}

/** `grant` is empty unless it came with the message. Throws the first fault of the relay's list. */
export async function prepareMessage(
  sender: Sender,
  delivery: ParsedDelivery,
  grantBytes: Uint8Array,
  options: PrepareOptions,
): Promise<PreparedMessage> {
  const known = await options.grants.find(delivery.envelope.hdr.grantId);
  if (known !== null) return { ...delivery, sender, grant: known };
  // Nothing is logged for a message that would not be taken: the whole list is run first, as for the first envelope of a grant.
  ensure(grantBytes.length > 0, 'grant.not_logged');
  const grant = await verifyFirst(sender, delivery, grantBytes, options);
  await options.grants.record(grant, grantBytes);
  return { ...delivery, sender, grant };
}

async function verifyFirst(
  sender: Sender,
  delivery: ParsedDelivery,
  grantBytes: Uint8Array,
  options: PrepareOptions,
): Promise<VerifiedGrant> {
  const { sql, rosters, nowMs, grants } = options;
  const { groupId, epoch } = decode(grantCodec, grantBytes).head.scope;
  const [group = null] = await findGroups(sql, [groupId]);
  const roster = await rosters.of(sql, groupId, epoch);
  const current = group === null ? null : await rosters.of(sql, groupId, group.epoch);
  const facts = relayFacts({ sender, delivery, group, roster, current, recvMs: nowMs(), limits: options.limits() });
  const { grant } = verifyDelivery(delivery.envelope, {
    ...facts,
    chain: CHAIN_START,
    isSeen: () => false,
    isAppended: () => true,
    grant: grantBytes,
    grantExpectations: grants.expectationsFor(sender),
  });
  return grant;
}

export interface KnownFacts {
  readonly sender: Sender;
  readonly delivery: ParsedDelivery;
  readonly group: GroupState | null;
  /** Of the message's epoch, and of the epoch in force. */
  readonly roster: KnownRoster | null;
  readonly current: KnownRoster | null;
  readonly recvMs: number;
  readonly limits: { readonly epochGraceS: number; readonly skewS: number };
}

/** What the relay's list asks of groups, rosters and clock. */
export function relayFacts(
  known: KnownFacts,
): Pick<RelayFacts, 'sessionDevice' | 'rosterOf' | 'epoch' | 'recvMs' | 'epochGraceS' | 'skewS' | 'mls'> {
  const { sender, delivery, group, roster, current, recvMs, limits } = known;
  return {
    sessionDevice: sender.deviceId,
    rosterOf: (_scope: Scope) => roster?.roster ?? null,
    epoch: epochOf(group, current),
    recvMs: BigInt(recvMs),
    epochGraceS: limits.epochGraceS,
    skewS: limits.skewS,
    mls: delivery.mls,
  };
}

/** After the list: a group that holds a revoked device, or whose epoch is too old, takes nothing (PROTOCOL 5). */
export function ensureGroupTakes(group: GroupState, recvMs: number, maxEpochAgeS: number): void {
  if (group.blocked) throw new Ac1Error('cert.invalid');
  ensure(BigInt(recvMs) - group.sinceMs <= 1000n * BigInt(maxEpochAgeS), 'mls.epoch_too_old');
}

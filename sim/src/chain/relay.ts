/** The relay: orders commits, derives rosters, checks and stamps deliveries, logs grants and batches, and opens nothing (PROTOCOL 4.3, 9.3). */
import { decode, encode, ensure, equal, toHex } from '@countersign/bytes';
import {
  CHAIN_START,
  type ChainState,
  createEnvelopeBatch,
  createRelayStamp,
  createRoster,
  deviceCertCodec,
  EntryType,
  type EnvelopeBatch,
  envelopeBatchCodec,
  type GrantExpectations,
  grantCodec,
  grantId,
  type Hash,
  objectHash,
  parseEnvelope,
  type Roster,
  relayStampCodec,
  rosterCodec,
  rosterHandle,
  type Scope,
  scopeCodec,
  type VerifiedGrant,
  verifyDelivery,
  verifyGrant,
} from '@countersign/custody';
import { type GroupRoster, type PublicGroup, publicRoster, readMessageHeader } from '@countersign/mls';
import type { Device } from './devices.ts';
import type { Founded } from './genesis.ts';
import type { Committed } from './log.ts';
import { type OwnLog, type ShownEntry, showEntry } from './own-log.ts';
import type { World } from './world.ts';

/** What a device hands in; `device` is whom the session was authenticated as. */
export interface Sent {
  readonly device: Device;
  readonly grant: Uint8Array;
  readonly envelope: Uint8Array;
  readonly mls: Uint8Array;
}

/** What every other member of the group is given. */
export interface Delivered extends Omit<Sent, 'device'> {
  readonly stamp: Uint8Array;
  readonly shown: ShownEntry;
}

export interface LoggedRoster extends Committed {
  readonly roster: Roster;
  readonly shown: ShownEntry;
}

/** A logged grant with the custody copies under it. */
export interface LoggedGrant extends Committed {
  readonly grantId: Hash;
  readonly scope: Scope;
  readonly bytes: Uint8Array;
  readonly shown: ShownEntry;
  readonly envelopes: Uint8Array[];
}

/** A logged batch, and its list for readers and auditors. */
export interface LoggedBatch extends Committed {
  readonly batch: EnvelopeBatch;
  readonly envHashes: readonly Hash[];
}

interface Accepting extends LoggedGrant {
  readonly verified: VerifiedGrant;
  chain: ChainState;
}

export class Relay {
  readonly batches: LoggedBatch[] = [];
  readonly #world: World;
  readonly #founded: Founded;
  readonly #copy: OwnLog;
  readonly #groups = new Map<string, { readonly group: PublicGroup; readonly sinceMs: bigint }>();
  readonly #rosters = new Map<string, LoggedRoster>();
  /** By grant id, and by scope, in hex. */
  readonly #grants = new Map<string, Accepting>();
  readonly #scopes = new Set<string>();
  readonly #seen = new Set<string>();
  #unlisted: Hash[] = [];

  constructor(world: World, founded: Founded, copy: OwnLog) {
    this.#world = world;
    this.#founded = founded;
    this.#copy = copy;
  }

  /** A new epoch: its roster, derived from public handshakes alone, is logged under the slot's handle. */
  async enterEpoch(group: PublicGroup): Promise<LoggedRoster> {
    const seen = publicRoster(group);
    this.#groups.set(toHex(seen.groupId), { group, sinceMs: this.#nowMs });
    const roster = createRoster({ networkId: this.#world.networkId, ...rosterBody(seen) }, this.#world.relay.seed);
    const handle = rosterHandle(roster);
    const entry = { type: EntryType.roster, actor: this.#world.relay, handle };
    const committed = await this.#founded.log.commit(entry, objectHash(rosterCodec, roster));
    const logged = { ...committed, roster, shown: showEntry(this.#founded.log, committed) };
    this.#rosters.set(toHex(handle), logged);
    return logged;
  }

  group(groupId: Uint8Array): PublicGroup {
    return (this.#groups.get(toHex(groupId)) as { group: PublicGroup }).group;
  }

  rosterOf(scope: Scope): LoggedRoster {
    return this.#rosters.get(toHex(rosterHandle(scope))) as LoggedRoster;
  }

  grantsOf(groupId: Uint8Array): LoggedGrant[] {
    return [...this.#grants.values()].filter(({ scope }) => equal(scope.groupId, groupId));
  }

  /** Checks of PROTOCOL 9.3 in their order, then the stamp; the first message of a scope has its grant logged. */
  async accept(sent: Sent): Promise<Delivered> {
    const accepting = await this.#grantOf(sent.grant);
    const envelope = parseEnvelope(sent.envelope);
    const { group, sinceMs } = this.#groups.get(toHex(accepting.scope.groupId)) as { group: PublicGroup; sinceMs: bigint };
    const { skewS, epochGraceS } = this.#founded.profile;
    const members = publicRoster(group).members.map(({ identity }) => decode(deviceCertCodec, identity).deviceId);
    const { next } = verifyDelivery(envelope, {
      chain: accepting.chain,
      isSeen: (id) => this.#seen.has(toHex(id)),
      sessionDevice: sent.device.cert.deviceId,
      grant: accepting.verified,
      grantExpectations: this.#expectations(),
      rosterOf: (scope) => this.#rosters.get(toHex(rosterHandle(scope)))?.roster ?? null,
      isAppended: (id) => this.#grants.has(toHex(id)),
      epoch: {
        current: group.context.epoch,
        sinceMs,
        hasDevice: (device) => members.some((member) => equal(member, device)),
      },
      recvMs: this.#nowMs,
      epochGraceS,
      skewS,
      mls: readMessageHeader(sent.mls),
    });
    accepting.chain = next;
    accepting.envelopes.push(sent.envelope);
    this.#seen.add(toHex(envelope.hdr.msgId));
    this.#unlisted.push(envelope.envHash);
    const batch = BigInt(this.batches.length + 1);
    const stamp = createRelayStamp({ envHash: envelope.envHash, recvMs: this.#nowMs, batch }, this.#world.relay.seed);
    const { grant, mls } = sent;
    return { grant, envelope: sent.envelope, mls, stamp: encode(relayStampCodec, stamp), shown: accepting.shown };
  }

  /** Keeps the promise of the stamps since the last batch: all of them in one type 13 entry. */
  async closeBatch(): Promise<LoggedBatch> {
    const envHashes = this.#unlisted;
    this.#unlisted = [];
    const batch = createEnvelopeBatch(BigInt(this.batches.length + 1), envHashes);
    const entry = { type: EntryType.envelopeBatch, actor: this.#world.relay };
    const committed = await this.#founded.log.commit(entry, encode(envelopeBatchCodec, batch));
    const logged = { ...committed, batch, envHashes };
    this.batches.push(logged);
    return logged;
  }

  /** A grant is logged by the relay, so that the log does not show who writes when (PROTOCOL 7.2). */
  async logGrant(bytes: Uint8Array): Promise<Committed> {
    return this.#founded.log.commit({ type: EntryType.grant, actor: this.#world.relay }, bytes);
  }

  async #grantOf(bytes: Uint8Array): Promise<Accepting> {
    const known = this.#grants.get(toHex(grantId(decode(grantCodec, bytes))));
    if (known !== undefined) return known;
    await this.#copy.follow(this.#founded.log);
    const verified = verifyGrant(bytes, this.#expectations());
    const scope = toHex(encode(scopeCodec, verified.scope));
    ensure(!this.#scopes.has(scope), 'grant.duplicate_scope');
    const committed = await this.logGrant(bytes);
    const accepting: Accepting = {
      ...committed,
      grantId: verified.grantId,
      scope: verified.scope,
      bytes,
      verified,
      shown: showEntry(this.#founded.log, committed),
      envelopes: [],
      chain: CHAIN_START,
    };
    this.#grants.set(toHex(verified.grantId), accepting);
    this.#scopes.add(scope);
    return accepting;
  }

  #expectations(): GrantExpectations {
    const { networkId, custodyKeys } = this.#founded.profile;
    return { networkId, custodyKeys, envSigKeyOf: ({ deviceId }) => this.#copy.view.devices(deviceId)?.envSigKey ?? null };
  }

  get #nowMs(): bigint {
    return 1000n * BigInt(this.#world.clock.now);
  }
}

/** What public handshakes say about an epoch, with the names that the certificates in the leaves give. */
function rosterBody({ groupId, epoch, treeHash, confirmedTranscriptHash, members }: GroupRoster) {
  const named = members.map(({ leafIndex, identity }) => {
    const { deviceId, accountId } = decode(deviceCertCodec, identity);
    return { leafIndex, deviceId, accountId };
  });
  return { groupId, epoch, treeHash, confirmedTranscriptHash, members: named };
}

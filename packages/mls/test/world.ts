/** A small world for the tests: devices with stand-in certificates, stores that keep the port's contract, and a relay that orders. */
import { compare, concat, equal, fromUtf8, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  type CommitFrame,
  createKeyPackage,
  createSuite,
  Group,
  type GroupEnvironment,
  type GroupRecord,
  type GroupRoster,
  type GroupStore,
  type HandshakeResult,
  type IdentityRules,
  type OwnKeyPackage,
  type PublicGroup,
  publicRoster,
  type SavedGroup,
  verifyCommit,
  verifyLeave,
  verifyNewGroup,
} from '../src/index.ts';

export const suite = createSuite(crypto.randomBytes);
export const NOW = Math.floor(Date.now() / 1000);
export const CUSTODY_CONTEXT = new Uint8Array(48).fill(7);

/** Stand-in for a DeviceCert: 'cert' || device id (16) || mls_sig_key (32) || serial (1). */
export function certificate(deviceId: Uint8Array, signatureKey: Uint8Array, serial = 0): Uint8Array {
  return concat(fromUtf8('cert'), deviceId, signatureKey, Uint8Array.of(serial));
}

export const rules: IdentityRules & { revoked: Set<string> } = {
  revoked: new Set(),
  authenticate(identity, signatureKey) {
    const whole = identity.length === 53 && equal(identity.subarray(0, 4), fromUtf8('cert'));
    return whole && equal(identity.subarray(20, 52), signatureKey) && !this.revoked.has(toHex(identity.subarray(4, 20)));
  },
  parseIdentity(identity) {
    if (identity.length !== 53) throw new Error('no certificate');
    return { deviceId: identity.subarray(4, 20) };
  },
};

class MemoryStore implements GroupStore {
  saved: SavedGroup | null = null;
  writes = 0;
  failNext = false;
  beforeSave: () => void = () => {};

  async save(record: GroupRecord): Promise<void> {
    this.beforeSave();
    if (this.failNext) {
      this.failNext = false;
      throw new Error('disk full');
    }
    if (record.revision !== 1 && record.revision !== (this.saved?.revision ?? 0) + 1) throw new Error('revision conflict');
    const handshake = record.handshake ?? this.saved?.handshake;
    if (handshake === undefined) throw new Error('first record without handshake state');
    this.saved = {
      ...record,
      handshake: record.handshake === null ? handshake : handshake.slice(),
      ratchets: record.ratchets.slice(),
    };
    this.writes += 1;
  }
}

export class Device {
  readonly seed = crypto.randomBytes(32);
  readonly signatureKey = crypto.ed25519PublicKey(this.seed);
  readonly deviceId = crypto.randomBytes(16);
  readonly store = new MemoryStore();
  contexts: Uint8Array[] = [CUSTODY_CONTEXT];
  group!: Group;

  readonly env: GroupEnvironment = { rules, suite, store: this.store, custodyContexts: () => this.contexts };

  identity(serial = 0): Uint8Array {
    return certificate(this.deviceId, this.signatureKey, serial);
  }

  keyPackage(identity = this.identity()): Promise<OwnKeyPackage> {
    return createKeyPackage(
      { identity, signatureSeed: Uint8Array.from(this.seed), notBefore: NOW - 3600, notAfter: NOW + 86400 },
      suite,
    );
  }

  reopen(): void {
    this.group = Group.open(this.store.saved as SavedGroup, this.env);
  }

  say(text: string): Promise<Uint8Array> {
    return this.group.encrypt(fromUtf8(text), fromUtf8('aad')).then((sent) => sent.message);
  }

  async hear(message: Uint8Array): Promise<string> {
    return new TextDecoder().decode((await this.group.decrypt(message)).plaintext);
  }
}

/** Orders handshakes, checks each as a non-member, and hands it to every member. */
export class Relay {
  readonly members = new Set<Device>();
  readonly handshakes: Uint8Array[] = [];
  public_!: PublicGroup;
  groupInfo!: Uint8Array;

  static async withGroup(creator: Device): Promise<Relay> {
    const relay = new Relay();
    const { group, groupInfo } = await Group.create(crypto.randomBytes(16), await creator.keyPackage(), creator.env);
    creator.group = group;
    relay.public_ = await verifyNewGroup(groupInfo, rules, suite);
    relay.groupInfo = groupInfo;
    relay.members.add(creator);
    return relay;
  }

  get roster(): GroupRoster {
    return publicRoster(this.public_);
  }

  /** Verifies and orders a Commit; the members process it unless `deliver` is false. */
  async commit(frame: CommitFrame, deliver = true): Promise<HandshakeResult[]> {
    const { group } = await verifyCommit(this.public_, frame.commit, frame.groupInfo, rules, suite);
    this.public_ = group;
    this.groupInfo = frame.groupInfo;
    this.handshakes.push(frame.commit);
    return deliver ? this.deliver(frame.commit) : [];
  }

  async leave(proposal: Uint8Array): Promise<void> {
    const { group } = await verifyLeave(this.public_, proposal, suite);
    this.public_ = group;
    this.handshakes.push(proposal);
    await this.deliver(proposal);
  }

  async deliver(message: Uint8Array): Promise<HandshakeResult[]> {
    const results: HandshakeResult[] = [];
    for (const member of [...this.members]) {
      const result = await member.group.process(message);
      if (result.kind === 'removed') this.members.delete(member);
      results.push(result);
    }
    return results;
  }

  /** `by` adds the devices in one Commit; they join by its Welcome. */
  async add(by: Device, devices: readonly Device[]): Promise<void> {
    const packages = await Promise.all(devices.map((device) => device.keyPackage()));
    const frame = await by.group.commit({ add: packages.map((own) => own.message), now: NOW });
    await this.commit(frame);
    for (const [i, device] of devices.entries()) await this.welcome(device, frame, packages[i] as OwnKeyPackage);
  }

  async welcome(device: Device, frame: CommitFrame, own: OwnKeyPackage): Promise<void> {
    device.group = await Group.join(frame.welcome as Uint8Array, own, device.env);
    this.members.add(device);
  }

  async update(by: Device): Promise<void> {
    await this.commit(await by.group.commit({ now: NOW }));
  }
}

export async function groupOf(count: number): Promise<{ relay: Relay; devices: Device[] }> {
  const devices = Array.from({ length: count }, () => new Device());
  const [first, ...others] = devices as [Device, ...Device[]];
  const relay = await Relay.withGroup(first);
  if (others.length > 0) await relay.add(first, others);
  return { relay, devices };
}

/** Rosters are equal in every field that PROTOCOL 4 compares. */
export function sameRoster(a: GroupRoster, b: GroupRoster): boolean {
  return (
    equal(a.groupId, b.groupId) &&
    a.epoch === b.epoch &&
    equal(a.treeHash, b.treeHash) &&
    equal(a.confirmedTranscriptHash, b.confirmedTranscriptHash) &&
    a.members.length === b.members.length &&
    a.members.every((member, i) => {
      const other = b.members[i];
      return (
        other !== undefined &&
        member.leafIndex === other.leafIndex &&
        compare(member.identity, other.identity) === 0 &&
        equal(member.signatureKey, other.signatureKey)
      );
    })
  );
}

export function leafOf(relay: Relay, device: Device): number {
  const member = relay.roster.members.find(({ signatureKey }) => equal(signatureKey, device.signatureKey));
  if (member === undefined) throw new Error('no member');
  return member.leafIndex;
}

/** A seat: one device in one group, which seals what it writes for members and custody, and checks what it receives (PROTOCOL 6, 7.3, 9). */
import { decode, encode, ensure, equal, toHex } from '@countersign/bytes';
import {
  CHAIN_START,
  type ChainState,
  ContentType,
  type CreatedGrant,
  createGrant,
  dayOf,
  decodeContent,
  deriveDayRoot,
  deviceCertCodec,
  encodeContent,
  type GrantExpectations,
  grantCodec,
  objectHash,
  openEnvelopeAsRecipient,
  parseEnvelope,
  rosterCodec,
  rosterHandle,
  type Scope,
  sealEnvelope,
  type VerifiedGrant,
  verifyGrant,
  verifyGrantAsRecipient,
  verifyRelayStamp,
  verifyRoster,
  verifyRosterEqualsMls,
} from '@countersign/custody';
import type { Group } from '@countersign/mls';
import type { Device } from './devices.ts';
import type { Founded } from './genesis.ts';
import { readShown } from './own-log.ts';
import type { Delivered, LoggedRoster, Sent } from './relay.ts';
import type { World } from './world.ts';

/** A sender's grant as this seat has verified it. */
interface Heard {
  readonly grant: VerifiedGrant;
  readonly K: Uint8Array;
  chain: ChainState;
}

export class Seat {
  readonly device: Device;
  readonly group: Group;
  readonly #world: World;
  readonly #founded: Founded;
  #own: CreatedGrant | null = null;
  #chain: ChainState = CHAIN_START;
  /** By grant id in hex. */
  readonly #heard = new Map<string, Heard>();
  /** Message ids in hex. */
  readonly #seen = new Set<string>();

  constructor(device: Device, group: Group, world: World, founded: Founded) {
    this.device = device;
    this.group = group;
    this.#world = world;
    this.#founded = founded;
  }

  /** The scope that this device sends in now. */
  scope(): Scope {
    const { networkId, clock } = this.#world;
    return {
      networkId,
      custodyKeyId: this.#founded.key.custodyKey.custodyKeyId,
      groupId: this.group.groupId,
      epoch: this.group.epoch as bigint,
      leafIndex: this.group.ownLeaf as number,
      deviceId: this.device.cert.deviceId,
      day: dayOf(clock.now),
    };
  }

  /** The root of the scope's day: secret, the same for every member. */
  dayRoot({ epoch, day }: Scope): Uint8Array {
    const root = this.group.custodyRoots().find((candidate) => candidate.epoch === epoch);
    ensure(root !== undefined, 'mls.epoch_too_old');
    return deriveDayRoot(root.root, this.#world.dayZero, day).root;
  }

  /** Before its first message in an epoch: the logged roster is that of its own MLS state (PROTOCOL 4.3). */
  checkRoster({ roster, shown }: LoggedRoster): void {
    const { profile } = this.#founded;
    verifyRoster(roster, profile.relayKeys);
    const { entry, body } = readShown(shown, this.#world.relay.key, profile, this.#world.clock.now);
    ensure(equal(body, objectHash(rosterCodec, roster)) && equal(entry.handle, rosterHandle(this.scope())), 'roster.invalid');
    const { treeHash, confirmedTranscriptHash, members } = this.group.roster();
    const own = members.map(({ leafIndex, identity }) => {
      const { deviceId, accountId } = decode(deviceCertCodec, identity);
      return { leafIndex, deviceId, accountId };
    });
    verifyRosterEqualsMls(roster, { treeHash, confirmedTranscriptHash, members: own });
  }

  /** The grant of the scope of now, the same at every call. */
  grant(): CreatedGrant {
    const scope = this.scope();
    const secrets = { dayRoot: this.dayRoot(scope), envSigSeed: this.device.env.seed };
    this.#own ??= createGrant(scope, this.#founded.key.custodyKey.Y, secrets);
    return this.#own;
  }

  /** One text, sealed to members and to custody. */
  async write(text: string): Promise<Sent> {
    const { grant, grantId, K } = this.grant();
    const { random, clock } = this.#world;
    const content = encodeContent({ type: ContentType.text, expireS: 0, body: text });
    const input = { msgId: random(16), grantId, sentMs: 1000n * BigInt(clock.now), content };
    const sealed = sealEnvelope(input, this.#chain, { K, envSigSeed: this.device.env.seed }, random);
    this.#chain = sealed.chain;
    const { message } = await this.group.encrypt(sealed.mlsPayload, sealed.envHash);
    return { device: this.device, grant: encode(grantCodec, grant), envelope: sealed.bytes, mls: message };
  }

  /** The text that another wrote, once every check has passed; else the code of the first that fails. */
  async read(delivered: Delivered): Promise<string> {
    const { profile } = this.#founded;
    const envelope = parseEnvelope(delivered.envelope);
    const heard = this.#hear(delivered);
    const { scope, envSigKey, grantId } = heard.grant;
    const { relayKeys, skewS } = profile;
    verifyRelayStamp(delivered.stamp, { relayKeys, envHash: envelope.envHash, day: scope.day, skewS });
    const received = await this.group.decrypt(delivered.mls);
    const sender = decode(deviceCertCodec, received.sender.identity);
    ensure(equal(sender.deviceId, scope.deviceId), 'mls.sender_mismatch');
    const { authenticatedData, plaintext: payload } = received;
    const isSeen = (id: Uint8Array) => this.#seen.has(toHex(id));
    const expected = { grantId, envSigKey, K: heard.K, chain: heard.chain, isSeen };
    const opened = openEnvelopeAsRecipient(delivered.envelope, expected, { authenticatedData, payload });
    heard.chain = opened.next;
    this.#seen.add(toHex(opened.hdr.msgId));
    const content = decodeContent(opened.content);
    return content.type === ContentType.text ? content.body : '';
  }

  /** VerifyGrant, the recipient's own derivation, and the grant's place in the log; once a scope (PROTOCOL 7.3). */
  #hear({ grant: bytes, shown }: Delivered): Heard {
    const grant = verifyGrant(bytes, this.#expectations());
    const known = this.#heard.get(toHex(grant.grantId));
    if (known !== undefined) return known;
    const K = verifyGrantAsRecipient(grant, this.dayRoot(grant.scope));
    const { body } = readShown(shown, this.#world.relay.key, this.#founded.profile, this.#world.clock.now);
    ensure(equal(body, bytes), 'grant.not_logged');
    const heard = { grant, K, chain: CHAIN_START };
    this.#heard.set(toHex(grant.grantId), heard);
    return heard;
  }

  /** The sender's key is that of the certificate in his leaf. */
  #expectations(): GrantExpectations {
    const { profile } = this.#founded;
    return {
      networkId: profile.networkId,
      custodyKeys: profile.custodyKeys,
      envSigKeyOf: ({ leafIndex, deviceId }) => {
        const member = this.group.roster().members.find((candidate) => candidate.leafIndex === leafIndex);
        if (member === undefined) return null;
        const cert = decode(deviceCertCodec, member.identity);
        return equal(cert.deviceId, deviceId) ? cert.envSigKey : null;
      },
    };
  }
}

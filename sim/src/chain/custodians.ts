/** A custodian: its own copy of the log, its share, and the gate between the two (PROTOCOL 8.1, 11.3). */
import { encode, toHex } from '@countersign/bytes';
import {
  type CustodyKey,
  createRelease,
  EntryType,
  type GateKeeper,
  type Hash,
  objectHash,
  openSealedOpening,
  type Release,
  type ReleasePackage,
  type ReleasePlan,
  releaseCodec,
  releaseHash,
  releaseRequestCodec,
  releasesBodyCodec,
  verifyGate,
} from '@countersign/custody';
import { createPartial } from '@countersign/threshold';
import type { Member } from './ceremony.ts';
import type { Log } from './log.ts';
import { OwnLog, verifyLogged } from './own-log.ts';
import type { World } from './world.ts';

interface Answer {
  readonly requestHash: Hash;
  readonly releases: readonly Uint8Array[];
}

export class Custodian {
  readonly member: Member;
  readonly #share: Uint8Array;
  readonly #custodyKey: CustodyKey;
  readonly #world: World;
  readonly #copy: OwnLog;
  /** By request id in hex. */
  readonly #answers = new Map<string, Answer>();
  #openingsRead = 0;

  private constructor(member: Member, share: Uint8Array, custodyKey: CustodyKey, world: World, copy: OwnLog) {
    this.member = member;
    this.#share = share;
    this.#custodyKey = custodyKey;
    this.#world = world;
    this.#copy = copy;
  }

  static async open(member: Member, share: Uint8Array, custodyKey: CustodyKey, world: World): Promise<Custodian> {
    return new Custodian(member, share, custodyKey, world, await OwnLog.open(world));
  }

  get index(): number {
    return this.member.index;
  }

  /** One that holds this one's keys and answers with another share: an attacker inside. */
  withShare(share: Uint8Array): Promise<Custodian> {
    return Custodian.open(this.member, share, this.#custodyKey, this.#world);
  }

  /** Reads the log to its end, and whatever openings it was given. */
  async follow(log: Log): Promise<void> {
    await this.#copy.follow(log);
    const openings = log.openingsFor(this.member.signer.key, this.#openingsRead);
    for (const sealed of openings) {
      const { index, salt, payload } = openSealedOpening(sealed, this.member.hpke.secretKey);
      this.#copy.view.addSecret(index, { salt, payload });
    }
    this.#openingsRead += openings.length;
  }

  /** The gate alone: the plan, or the code of the first step that fails. The share is not touched. */
  async judge(presented: ReleasePackage, log: Log): Promise<ReleasePlan> {
    await this.follow(log);
    return verifyGate(presented, this.#copy.view, this.#keeper());
  }

  /** The releases, encoded, once their hashes are logged and witnessed; the same request gets the same ones again. */
  async release(presented: ReleasePackage, log: Log): Promise<readonly Uint8Array[]> {
    const plan = await this.judge(presented, log);
    const id = toHex(plan.request.requestId);
    const answered = this.#answers.get(id);
    if (plan.isRepeat && answered !== undefined) return answered.releases;
    const releases = this.#decrypt(plan);
    const hashes = releases.map(releaseHash);
    const entry = {
      type: EntryType.release,
      actor: this.member.signer,
      handle: plan.order.orderId,
      noticeBy: plan.notifyBy,
    };
    const { index } = await log.commit(entry, encode(releasesBodyCodec, hashes));
    this.#verifyLogged(index, log); // nothing leaves before that (PROTOCOL 11.3)
    const encoded = releases.map((release) => encode(releaseCodec, release));
    this.#answers.set(id, { requestHash: objectHash(releaseRequestCodec, plan.request), releases: encoded });
    return encoded;
  }

  /** D_i with its proof for each grant, sealed to the agency's reader. */
  #decrypt({ orderHash, requestIndex, reader, grants }: ReleasePlan): Release[] {
    const { agencyId, readerHpkeKey } = reader;
    return grants.map(({ grant, grantId }) => {
      const { index } = this.member;
      const context = { orderHash, grantId, agencyId, index, shareGen: this.#custodyKey.shareGen };
      const share = createPartial(this.#share, grant.head.enc, context, this.#world.random);
      return createRelease({ requestIndex, context, readerHpkeKey }, share, this.member.signer.seed, this.#world.random);
    });
  }

  #verifyLogged(index: bigint, log: Log): void {
    const checkpoint = log.checkpoint();
    const shown = { index, entry: log.entry(Number(index)), checkpoint, proof: log.proveInclusion(index, log.size) };
    verifyLogged(shown, this.#copy.view.profile, this.#world.clock.now);
  }

  #keeper(): GateKeeper {
    return {
      shareGenOf: (id) => (toHex(id) === toHex(this.#custodyKey.custodyKeyId) ? this.#custodyKey.shareGen : null),
      answered: (requestId) => this.#answers.get(toHex(requestId))?.requestHash ?? null,
      now: this.#world.clock.now,
    };
  }
}

/** The agency's gateway: it combines t releases to K, proves again that it may read, logs that it reads, and opens (PROTOCOL 8.2, 12). */
import { decode, encode, ensure, toHex } from '@countersign/bytes';
import {
  CHAIN_START,
  ContentType,
  type CustodyKey,
  createReadEvent,
  createReceipt,
  decodeContent,
  EntryType,
  grantCodec,
  type Hash,
  type OpenedRelease,
  openEnvelopeAsReader,
  openRelease,
  ReadAction,
  readDossier,
  readEventCodec,
  readEventHash,
  receiptCodec,
  scopeCodec,
  verifyBatchList,
  verifyMayRead,
  verifyOrderCase,
} from '@countersign/custody';
import { type BlameTarget, type Combined, combine, combineWithBlame } from '@countersign/threshold';
import type { Log } from './log.ts';
import type { OrderFile } from './orders.ts';
import { OwnLog } from './own-log.ts';
import type { LoggedBatch, LoggedGrant } from './relay.ts';
import type { Gateway, World } from './world.ts';

const PURPOSE = 8;

export class Reader {
  readonly gateway: Gateway;
  readonly #world: World;
  readonly #log: Log;
  readonly #copy: OwnLog;
  readonly #custodyKey: CustodyKey;
  #lastEvent: Hash = new Uint8Array(32);

  private constructor(gateway: Gateway, custodyKey: CustodyKey, world: World, log: Log, copy: OwnLog) {
    this.gateway = gateway;
    this.#custodyKey = custodyKey;
    this.#world = world;
    this.#log = log;
    this.#copy = copy;
  }

  static async open(gateway: Gateway, custodyKey: CustodyKey, world: World, log: Log): Promise<Reader> {
    return new Reader(gateway, custodyKey, world, log, await OwnLog.open(world));
  }

  /** One custodian's share, opened with this gateway's key: signature, context, seal. */
  openShare(release: Uint8Array, file: OrderFile, { grantId }: LoggedGrant): OpenedRelease {
    const { custodians, shareGen } = this.#custodyKey;
    const [row] = file.order.readers;
    const expected = { orderHash: file.hash, grantId, agencyId: row?.agencyId ?? this.gateway.agency, shareGen };
    const keys = custodians.map(({ sigKey }) => sigKey);
    return openRelease(release, keys, expected, this.gateway.hpke.secretKey);
  }

  /** K of exactly these releases, without a look at the proofs. */
  combine(releases: readonly Uint8Array[], file: OrderFile, grant: LoggedGrant): Uint8Array {
    const parts = releases.map((bytes) => this.#partOf(bytes, file, grant));
    return combine(
      this.#target(file, grant),
      parts.map(({ index, share }) => ({ index, D: share.D })),
    );
  }

  /** K of t or more releases, around those that are wrong. */
  combineAround(releases: readonly Uint8Array[], file: OrderFile, grant: LoggedGrant): Combined {
    const parts = releases.map((bytes) => this.#partOf(bytes, file, grant));
    return combineWithBlame(this.#target(file, grant), parts);
  }

  /** On its own copy of the log, before every batch that it reads: the first rule that fails gives the code (PROTOCOL 12). */
  async verifyOrder(file: OrderFile): Promise<void> {
    const { view } = this.#copy;
    await this.#copy.follow(this.#log);
    for (const { index, secret } of file.committed) view.addSecret(index, secret);
    const { networkId, limits, skewS } = view.profile;
    const judge = { networkId, limits, skewS, annex: view.annex, officers: view.officers, now: this.#world.clock.now };
    verifyOrderCase({ ...readDossier(view, file.order.orderId), lapsed: [] }, judge);
  }

  /** The texts of a scope, after `verifyOrder` of its batch. Receipt and ReadEvent are in the log before anything is shown. */
  async read(file: OrderFile, grant: LoggedGrant, combined: Combined, batches: readonly LoggedBatch[]): Promise<string[]> {
    verifyMayRead(file.order, this.gateway.agency, PURPOSE, this.#copy.view.territoriesOf(grant.scope.deviceId, grant.scope.day));
    const opened = this.#openAll(grant, combined.K, batches);
    await this.#logReceipt(file, grant, combined);
    await this.#logReadEvent(
      file,
      grant,
      opened.map(({ hdr }) => hdr.msgId),
    );
    return opened.map(({ content }) => {
      const decoded = decodeContent(content);
      return decoded.type === ContentType.text ? decoded.body : '';
    });
  }

  /** Every envelope of the scope in its chain, each of them listed by a batch of the log. */
  #openAll(grant: LoggedGrant, K: Uint8Array, batches: readonly LoggedBatch[]) {
    const device = this.#copy.view.devices(grant.scope.deviceId);
    ensure(device !== null, 'cert.invalid');
    for (const { batch, envHashes } of batches) verifyBatchList(batch, envHashes);
    const listed = new Set(batches.flatMap(({ envHashes }) => envHashes.map(toHex)));
    const seen = new Set<string>();
    let chain = CHAIN_START;
    return grant.envelopes.map((bytes) => {
      const isSeen = (id: Uint8Array) => seen.has(toHex(id));
      const expected = { grantId: grant.grantId, envSigKey: device.envSigKey, K, chain, isSeen };
      const opened = openEnvelopeAsReader(bytes, expected);
      ensure(listed.has(toHex(opened.envHash)), 'log.promise_broken');
      chain = opened.next;
      seen.add(toHex(opened.hdr.msgId));
      return opened;
    });
  }

  #partOf(bytes: Uint8Array, file: OrderFile, grant: LoggedGrant) {
    const { release, share } = this.openShare(bytes, file, grant);
    return { index: release.context.index, share };
  }

  #target(file: OrderFile, { bytes, grantId, scope }: LoggedGrant): BlameTarget {
    const { t, n, Y, custodians, shareGen } = this.#custodyKey;
    const { enc, kCommit } = decode(grantCodec, bytes).head;
    const context = { orderHash: file.hash, grantId, agencyId: this.gateway.agency, shareGen };
    return { t, n, scope: encode(scopeCodec, scope), enc, kCommit, Y, context, Yi: custodians.map(({ Yi }) => Yi) };
  }

  async #logReceipt(file: OrderFile, { bytes, grantId }: LoggedGrant, { used }: Combined): Promise<void> {
    const { kCommit } = decode(grantCodec, bytes).head;
    const { agency: agencyId, seed } = this.gateway;
    const time = BigInt(this.#world.clock.now);
    const receipt = createReceipt({ orderHash: file.hash, grantId, agencyId, indices: [...used], kCommit, time }, seed);
    await this.#log.commit(this.#entry(EntryType.receipt, file), encode(receiptCodec, receipt));
  }

  async #logReadEvent(file: OrderFile, { grantId }: LoggedGrant, msgIds: Uint8Array[]): Promise<void> {
    const event = createReadEvent(
      {
        orderHash: file.hash,
        grantId,
        agencyId: this.gateway.agency,
        officerId: this.#world.detective.id,
        purpose: PURPOSE,
        action: ReadAction.display,
        msgIds,
        prevEvent: this.#lastEvent,
        time: BigInt(this.#world.clock.now),
      },
      this.gateway.seed,
    );
    await this.#log.commit(this.#entry(EntryType.readEvent, file), encode(readEventCodec, event));
    this.#lastEvent = readEventHash(event);
  }

  #entry(type: EntryType, { order }: OrderFile) {
    return { type, actor: this.gateway, handle: order.orderId, noticeBy: order.notifyBy };
  }
}

/** The plain texts of a scope's sender, as they were typed. */
export function isSameTexts(found: readonly string[], typed: readonly string[]): boolean {
  return found.length === typed.length && found.every((text, i) => text === (typed[i] as string).normalize('NFC'));
}

/**
 * EvidenceDesk: what a court is handed. The messages named are taken out under logged export events, everything that led to them is proven,
 * the rest of each chain is shown shut, and the manifest over it is in the log (PROTOCOL 12 rule 6; 14).
 */
import { decode, encode, toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import {
  createEvidenceManifest,
  EntryType,
  type EvidenceManifest,
  evidenceManifestCodec,
  type MsgId,
  objectHash,
  openRelease,
  type ParsedEnvelope,
  parseEnvelope,
  releaseCodec,
} from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { releaseShareCodec } from '@countersign/threshold';
import { createEvidenceFile, type EvidenceEnvelope, type EvidenceRelease, type WithheldEnvelope } from '@countersign/verify';
import { AppError } from '@countersign/wire';
import type { KnownScope } from '../intake/scope.ts';
import type { Ledger } from '../log/ledger.ts';
import type { OrderInForce } from '../orders/order-book.ts';
import type { Orders } from '../orders/orders.ts';
import type { MessageRow } from '../reading/message-rows.ts';
import type { Desk, OpenedRow, ReadingRoom } from '../reading/reading-room.ts';
import type { EvidenceStore } from './evidence-store.ts';
import { Exhibits } from './exhibits.ts';

/** A file of this many is some hundred megabytes; what is more goes in several. */
export const EVIDENCE_MESSAGES_MAX = 10_000;
const LOGGED_MAX_MS = 30_000;

export interface EvidenceDeskParts {
  readonly orders: Orders;
  readonly room: ReadingRoom;
  readonly store: EvidenceStore;
  readonly ledger: Ledger;
  readonly mirror: LogMirror;
  readonly scopeOf: (grantId: Uint8Array) => Promise<KnownScope | null>;
  readonly rootKey: Uint8Array;
  readonly annex: Uint8Array;
  readonly sigSeed: Uint8Array;
  readonly hpkeSecret: Uint8Array;
  readonly now: () => number;
  readonly random: Random;
}

/** One grant of the evidence. */
interface GrantExhibit {
  readonly scope: KnownScope;
  readonly indices: readonly number[];
  readonly releases: readonly EvidenceRelease[];
  readonly envelopes: readonly EvidenceEnvelope[];
  readonly withheld: readonly WithheldEnvelope[];
  readonly items: EvidenceManifest['items'];
}

export class EvidenceDesk {
  readonly #parts: EvidenceDeskParts;

  constructor(parts: EvidenceDeskParts) {
    this.#parts = parts;
  }

  /** The evidence file of these rows; `input.unknown_message` when one of `wanted` may not be shown, or does not exist. */
  async export(desk: Desk, rows: readonly MessageRow[], wanted: readonly MsgId[]): Promise<Uint8Array> {
    const { orders, room, ledger, store, mirror, rootKey, annex } = this.#parts;
    const opened = await room.read(desk, 'export', rows);
    const shown = new Set(opened.map(({ row }) => toHex(row.msgId)));
    if (opened.length === 0 || wanted.some((id) => !shown.has(toHex(id)))) throw new AppError('input.unknown_message');
    const found = orders.inForce(desk.orderId);
    const grants = await this.#grantExhibits(desk, opened, found);

    const secrets = new Map([...(await store.releaseSecrets(desk.orderId)), ...(await ledger.secretsOf(desk.orderId))]);
    const last = [...secrets.keys()].reduce((a, b) => (b > a ? b : a), 0n);
    await mirror.waitForSize(Number(last) + 1, AbortSignal.timeout(LOGGED_MAX_MS));
    const exhibits = new Exhibits(mirror, secrets);
    exhibits.addConstitution();
    const ofOrder = exhibits.addOrder(found.order, last);
    for (const { scope } of grants) this.#addScope(exhibits, scope);
    exhibits.addTerritories(found.order, new Set(grants.map(({ scope }) => toHex(scope.grant.scope.deviceId))));
    const batches = await this.#addBatches(exhibits, grants);

    const proofs = ofOrder.map(({ proof }) => crypto.sha256(proof));
    const manifest = await this.#logManifest(desk, found, grants, proofs, exhibits);
    return createEvidenceFile({
      rootKey,
      manifest,
      annex,
      entries: exhibits.entries,
      rosters: this.#rosters(grants),
      batches,
      releases: grants.flatMap(({ releases }) => releases),
      envelopes: grants.flatMap(({ envelopes }) => envelopes),
      withheld: grants.flatMap(({ withheld }) => withheld),
    });
  }

  async #grantExhibits(desk: Desk, opened: readonly OpenedRow[], found: OrderInForce): Promise<GrantExhibit[]> {
    const byGrant = new Map<string, OpenedRow[]>();
    for (const item of opened) byGrant.set(toHex(item.row.grantId), [...(byGrant.get(toHex(item.row.grantId)) ?? []), item]);
    return Promise.all([...byGrant.values()].map((items) => this.#grantExhibit(desk, items, found)));
  }

  async #grantExhibit(desk: Desk, opened: readonly OpenedRow[], found: OrderInForce): Promise<GrantExhibit> {
    const { store, scopeOf } = this.#parts;
    const [{ row }] = opened as [OpenedRow];
    const [scope, key] = await Promise.all([scopeOf(row.grantId), store.grantKey(desk.orderId, row.grantId)]);
    if (scope === null || key === null) throw new AppError('input.unknown_message');
    const named = new Map(opened.map((item) => [toHex(item.row.envHash), item]));
    const envelopes: EvidenceEnvelope[] = [];
    const withheld: WithheldEnvelope[] = [];
    const items: EvidenceManifest['items'] = [];
    for (const { envHash, envelope, stamp, logIndex } of await store.mailOf(row.grantId)) {
      const item = named.get(toHex(envHash));
      if (item === undefined) {
        withheld.push(withhold(parseEnvelope(envelope)));
        continue;
      }
      envelopes.push({ envelope, stamp });
      items.push({ msgId: item.row.msgId, envHash, stampIndex: logIndex, contentHash: crypto.sha256(item.bytes) });
    }
    const releases = key.releases.map((release) => this.#openedRelease(release, scope, key.agencyId, found));
    return { scope, indices: [...key.indices].sort((a, b) => a - b), releases, envelopes, withheld, items };
  }

  /** The share that the release holds, as anybody can then check it against the custodian's proof. */
  #openedRelease(release: Uint8Array, scope: KnownScope, agencyId: Uint8Array, found: OrderInForce): EvidenceRelease {
    const { mirror, hpkeSecret } = this.#parts;
    const key = mirror.directory.custodyKey(scope.grant.scope.custodyKeyId);
    const { shareGen } = decode(releaseCodec, release).context;
    const expected = { orderHash: found.orderHash, grantId: scope.grantId, agencyId, shareGen };
    const sigKeys = key?.custodians.map(({ sigKey }) => sigKey) ?? [];
    const { share } = openRelease(release, sigKeys, expected, hpkeSecret);
    return { release, share: encode(releaseShareCodec, share) };
  }

  #addScope(exhibits: Exhibits, { shown, roster }: KnownScope): void {
    for (const entry of [shown.grantEntry, shown.rosterEntry]) if (entry !== undefined) exhibits.add(entry.index, entry);
    exhibits.addMembers(roster);
  }

  async #addBatches(exhibits: Exhibits, grants: readonly GrantExhibit[]) {
    const indices = new Set(grants.flatMap(({ items }) => items.map(({ stampIndex }) => stampIndex)));
    const batches = await Promise.all([...indices].map((index) => this.#parts.store.batchAt(index)));
    for (const { index, secret } of batches) exhibits.add(index, secret);
    return batches.map(({ index, envHashes }) => ({ index, envHashes }));
  }

  #rosters(grants: readonly GrantExhibit[]): { index: bigint; roster: Uint8Array }[] {
    const rosters = new Map<bigint, Uint8Array>();
    for (const { scope } of grants) {
      const { rosterEntry, roster } = scope.shown;
      if (rosterEntry !== undefined) rosters.set(rosterEntry.index, roster);
    }
    return [...rosters].map(([index, roster]) => ({ index, roster }));
  }

  /** Signed, and logged as a statement under the order's handle: only then does anything leave (PROTOCOL 12 rule 6). */
  async #logManifest(
    { officer, orderId }: Desk,
    found: OrderInForce,
    grants: readonly GrantExhibit[],
    proofs: readonly Uint8Array[],
    exhibits: Exhibits,
  ): Promise<Uint8Array> {
    const { ledger, mirror, sigSeed, random, now } = this.#parts;
    const manifest = createEvidenceManifest(
      {
        manifestId: random(16),
        orderHash: found.orderHash,
        agencyId: officer.agencyId,
        officerId: officer.officerId,
        grants: grants.map(({ scope, indices }) => ({
          grantId: scope.grantId,
          logIndex: scope.shown.grantEntry?.index ?? 0n,
          kCommit: scope.grant.grant.head.kCommit,
          indices: [...indices],
        })),
        items: grants.flatMap(({ items }) => items),
        proofs: [...proofs],
        time: BigInt(now()),
      },
      sigSeed,
    );
    const body = objectHash(evidenceManifestCodec, manifest);
    const entry = await ledger.append(orderId, {
      type: EntryType.statement,
      noticeBy: found.notifyBy,
      isUrgent: true,
      body: () => body,
    });
    await mirror.waitForSize(Number(entry.index) + 1, AbortSignal.timeout(LOGGED_MAX_MS));
    // What was logged about the order meanwhile keeps its place in the chains.
    exhibits.learn(await ledger.secretsOf(orderId));
    exhibits.addOrder(found.order, entry.index);
    return encode(evidenceManifestCodec, manifest);
  }
}

function withhold({ hdrBytes, kc, ct, wrap, sig }: ParsedEnvelope): WithheldEnvelope {
  return { hdr: hdrBytes, kc, ctHash: crypto.sha256(ct), wrapHash: crypto.sha256(wrap), sig };
}
